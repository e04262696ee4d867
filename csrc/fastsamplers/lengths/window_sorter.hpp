// Sorts windows of indices by length: small stable sorts, one after the other.
//
// How: the keys of a window are gathered, each in a word with its index, and sorted by passes of
// 8 to 12 bits of what tells them apart; a handful by insertion. Where lengths span 2^32 or more, by
// comparison.
// Work: a load from anywhere an index, and 1-1.5 ns a pass. Memory: 20 bytes an index of the longest
// window, 24 where lengths span 2^32 or more. Threads: an object is used by one thread at a time.
#pragma once

#include <span>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/lengths/length_keys.hpp"

namespace fastsamplers::lengths {

class WindowSorter {
 public:
  // For windows of at most `most` indices.
  WindowSorter(const IntegerArray& values, const KeyRule& rule, std::size_t most);

  // Sorts the indices by key; equal keys stay in their order. Does not throw.
  void sort(std::span<u32> indices);

 private:
  struct Wide {
    u64 key;
    u32 place;
    u32 index;
  };

  bool is_narrow() const { return rule_.range >> 32 == 0; }
  void sort_narrow(std::span<u32> indices);
  void sort_wide(std::span<u32> indices);
  void sort_by_digits(std::span<u32> indices, u32 bits);

  IntegerArray values_;
  KeyRule rule_;
  PageVector<u32> keys_;
  PageVector<u64> wide_keys_;
  PageVector<u64> narrow_;  // what tells a key apart in the upper half, index in the lower
  PageVector<u64> spare_;
  PageVector<Wide> wide_;
};

// Bytes of the sorters below.
u64 window_sorter_bytes(u64 range, u64 window, u64 count);

// One sorter for each of the threads that may share the windows of `count` indices.
std::vector<WindowSorter> window_sorters(const IntegerArray& values, const KeyRule& rule,
                                         u64 window, u64 count);

// body(sorter, window) for the windows first .. end - 1, shared among the sorters.
template <class Body>
void for_windows(std::vector<WindowSorter>& sorters, u64 first, u64 end, const Body& body) {
  ThreadTeam team(sorters.size());
  team.run([&](std::size_t thread) {
    for (u64 window = first + thread; window < end; window += team.size()) {
      body(sorters[thread], window);
    }
  });
}

}  // namespace fastsamplers::lengths
