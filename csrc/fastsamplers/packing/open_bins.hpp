// Bins that something may still fit into, by what is left of their capacity: the best-fitting one.
//
// How: a set of bins for each remaining capacity, and a bitmap of the sets that are not empty with
// a bitmap of its words above it, and so on, 64 to 1; of capacities too large to be listed an
// ordered map instead.
// Work: finding a set 1-3 words a level, or O(log) of their number. Memory: 56 bytes a capacity
// that can be left, and 4 a bin. Threads: an object is used by one thread at a time.
#pragma once

#include <map>
#include <vector>

#include "fastsamplers/base/page_allocator.hpp"

namespace fastsamplers::packing {

// Bins with as much left, of which the one that was opened first is the first to be taken.
class BinSet {
 public:
  bool is_empty() const { return early_.empty() && late_.empty(); }
  void add(u32 bin);
  u32 take_first();

 private:
  std::vector<u32> early_;  // what came before any was taken: sorted then, the first at the end
  std::vector<u32> late_;   // what has come since: a heap. Best fit adds one bin for each length
  bool is_sorted_ = false;
};

class OpenBins {
 public:
  explicit OpenBins(u64 capacity);

  // The set with the least remaining capacity that is at least `length`, and that capacity; null
  // where there is none.
  BinSet* best_fit(u64 length, u64& remaining);
  void add(u32 bin, u64 remaining);
  // To be called when bins have been taken from the set of that capacity.
  void settle(u64 remaining);

 private:
  // The least number in the bitmap that is at least `number`; none: kNone.
  u64 find(u64 number) const;
  void mark(u64 number);
  void unmark(u64 number);

  static constexpr u64 kNone = ~u64{0};

  std::vector<BinSet> listed_;            // of capacities 0 .. capacity, or none
  std::vector<std::vector<u64>> bitmap_;  // the lowest level first
  std::map<u64, BinSet> mapped_;
};

}  // namespace fastsamplers::packing
