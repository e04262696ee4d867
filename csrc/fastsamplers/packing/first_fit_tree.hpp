// Bins in the order they were opened, and the first one that has enough left.
//
// How: a tree of maxima, eight to a node, which grows at its right end.
// Work: at most eight comparisons a level for a search or a change. Memory: 9.2 bytes a bin.
// Threads: an object is used by one thread at a time.
#pragma once

#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::packing {

class FirstFitTree {
 public:
  static constexpr u64 kNone = ~u64{0};

  // The first bin with at least `length` left, or kNone.
  u64 first_fit(u64 length) const;
  // Opens the next bin.
  void append(u64 remaining);
  u64 remaining(u64 bin) const { return levels_[0][bin]; }
  void set(u64 bin, u64 remaining);

 private:
  void renew_above(u64 bin);

  std::vector<std::vector<u64>> levels_{1};  // what is left of bins first; each level's maxima next
};

}  // namespace fastsamplers::packing
