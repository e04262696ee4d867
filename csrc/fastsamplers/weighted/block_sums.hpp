// Few draws with replacement: the running sum at every 256th weight, and the weights themselves.
//
// Source: the rules of cdf_table.hpp. Where a table would be read less often than it has entries,
// the draws are sorted, and only blocks of weights that a draw falls into are summed up again, from
// the sum at their start: the same additions in the same order.
// Work: one addition after another for all weights (1 ns each), once; then at most as much again,
// and 20 ns a draw to sort. Memory: 8 bytes for 256 weights, and 32 a draw. Words: two a draw.
// Threads: sums that are complete are read by any number of threads.
#pragma once

#include <span>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/weighted/race.hpp"
#include "fastsamplers/weighted/weights.hpp"

namespace fastsamplers::weighted {

inline constexpr std::size_t kSumBlock = 256;
static_assert(kSumBlock <= kWeightBlock);

// In parts, for callers who want to be interruptible. The weights must be valid.
class BlockSums {
 public:
  // n = weights.size > 0.
  explicit BlockSums(const Weights& weights);

  // About `steps` more weights; true when the sums are complete.
  bool advance(u64 steps);

  u64 size() const { return n_; }
  Precision precision() const { return precision_; }
  std::size_t bytes() const { return sums_.capacity() * sizeof(double); }
  // The sum of all weights before block b, in the precision; of all weights for b = block_count().
  double before(u64 block) const { return sums_[block]; }
  u64 block_count() const { return sums_.size() - 1; }

 private:
  template <class Real>
  void add_up(u64 last);

  Weights weights_;
  u64 n_;
  Precision precision_;
  u64 done_ = 0;
  PageVector<double> sums_;
};

// MemoryLimitError where so many draws cannot be sorted.
void require_block_draws_memory(u64 count);

// out.size() draws of the engine. `weights` must be the ones that were summed up: others can change
// the draws and nothing else.
void draw_by_blocks(const BlockSums& sums, const Weights& weights, rng::Mt19937 engine,
                    std::span<i64> out);

}  // namespace fastsamplers::weighted
