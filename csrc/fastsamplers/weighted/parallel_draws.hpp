// Draws with replacement into an array, by several threads.
//
// How: every thread takes a run of the draws, with an engine that has skipped the words before
// them.
// Work: that of WeightedStream, shared. Memory: 10 KB a thread beside the table.
#pragma once

#include <memory>
#include <span>

#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/weighted/cdf_table.hpp"

namespace fastsamplers::weighted {

// In parts, for callers who want to be interruptible.
class ParallelDraws {
 public:
  ParallelDraws(std::shared_ptr<const CdfTable> table, const rng::Mt19937& engine,
                std::span<i64> out);

  // About `steps` more draws; true when none is left.
  bool advance(u64 steps);

 private:
  std::shared_ptr<const CdfTable> table_;
  rng::Mt19937 engine_;  // where the words of draw done_ begin
  std::span<i64> out_;
  std::size_t done_ = 0;
};

}  // namespace fastsamplers::weighted
