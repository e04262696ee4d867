// The cumulative distribution of weights, laid out so that a draw reads one line of memory.
//
// Source: multinomial_with_replacement_kernel of at::native (CPU): the running sum in the precision
// of the weights, strictly one after another, each divided by the total, the last set to 1; a draw
// u takes the first index whose value is >= u. Since u = m * 2^-53, a value c stands for the whole
// number floor(c * 2^53), and comparing whole numbers is the same comparison.
// Work: two passes over the weights, 6-8 ns a weight (the sums wait for one another).
// Memory: 8-16 bytes a weight in lines; 8 more while fewer than 2^23 weights leave lines whose bits
// do not tell all values apart; 4 more a weight that lies in a crowded line.
// Threads: a table that is built is read by any number of threads.
#pragma once

#include <memory>
#include <vector>

#include "fastsamplers/base/page_buffer.hpp"
#include "fastsamplers/weighted/bucket_search.hpp"
#include "fastsamplers/weighted/weights.hpp"

namespace fastsamplers::weighted {

class CdfTable {
 public:
  // The layout for n weights, 1 <= n <= 2^52, with no weight in it yet. MemoryLimitError when it
  // cannot fit.
  explicit CdfTable(u64 n);

  u64 size() const { return n_; }
  std::size_t bytes() const;
  // out[k] = the index that the point points[k] of [0, 2^53) falls on.
  void find(std::span<const u64> points, i64* out) const;

 private:
  friend class CdfTableBuilder;
  u64 bucket_count() const;
  i64 search_whole(u64 point) const;

  u64 n_;
  BucketGrid grid_;
  PageBuffer lines_;          // one bucket more than there are, whose first index ends the last
  PageBuffer whole_;          // u64 each: all values, where bits were dropped
  std::vector<u32> crowded_;  // the values of crowded lines, where none were
};

// Makes a table in parts, for callers who want to be interruptible. The weights must be valid; what
// changes them meanwhile can change the draws and nothing else.
class CdfTableBuilder {
 public:
  explicit CdfTableBuilder(const Weights& weights);

  // About `steps` more weights; true when the table is complete.
  bool advance(u64 steps);
  std::shared_ptr<CdfTable> table() const { return table_; }

 private:
  template <class Real>
  void add_up(u64 last);
  template <class Real>
  void lay_out(u64 last);
  void place(u64 value);

  Weights weights_;
  std::shared_ptr<CdfTable> table_;
  double total_ = 0;
  double sum_ = 0;
  bool has_total_ = false;
  u64 done_ = 0;       // weights behind us, in the present pass
  u64 bucket_ = 0;     // the last one with a first index
  u64 in_bucket_ = 0;  // values in it
};

}  // namespace fastsamplers::weighted
