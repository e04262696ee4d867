// Lengths in sorted order as runs of equal ones: the histogram that bins are packed by.
//
// Work: one pass that counts, where lengths span at most 2^16; otherwise a load from anywhere a
// length. Memory: 4 bytes a bucket. Threads: an object is used by one thread at a time.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "fastsamplers/lengths/length_survey.hpp"

namespace fastsamplers::packing {

struct LengthRun {
  u64 length = 0;
  u64 count = 0;
};

class LengthRuns {
 public:
  // `order` must be the argsort of the lengths by `rule`, and outlive this.
  LengthRuns(const IntegerArray& values, const lengths::KeyRule& rule, std::span<const u32> order);

  // The next run in sorted order; false at the end. Runs next to each other may have equal lengths.
  bool next(LengthRun& run);

 private:
  bool next_counted(LengthRun& run);
  bool next_gathered(LengthRun& run);

  IntegerArray values_;
  lengths::KeyRule rule_;
  std::span<const u32> order_;
  std::vector<u32> counts_;  // of each key, where they are counted
  std::size_t next_key_ = 0;
  u64 done_ = 0;  // lengths whose keys have been read
  std::array<u64, lengths::kKeyBlock> keys_;
  std::size_t filled_ = 0;
  std::size_t place_ = 0;  // in keys_
};

}  // namespace fastsamplers::packing
