// The first steps of a forward shuffle in memory proportional to the steps, not to n.
//
// An array that is the identity but for a few places is kept as a small hash table of those places.
// A consumer that wants one batch of a huge permutation pays for one batch.
// Work: expected O(1) a step. Memory: 16 bytes a step of the fixed capacity (64 KB).
// Threads: one object is used by one thread at a time.
#pragma once

#include <span>
#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::order {

class SparseShuffle {
 public:
  // Steps it can hold: some batches, in a table that stays in the first two levels of cache.
  static constexpr std::size_t kCapacity = 4096;

  SparseShuffle() = default;
  // An identity ready for up to `capacity` <= kCapacity steps.
  explicit SparseShuffle(std::size_t capacity);

  bool active() const { return !places_.empty(); }
  std::size_t capacity() const { return places_.size() / 2; }
  // Values of the places that are final, in order.
  std::span<const u32> values() const { return values_; }

  // The next step: the value at `target` becomes final for this place, and `target` takes over the
  // value that stood here. target >= values().size().
  void step(u32 target);

  // place[z] ^= z ^ value[z] for every place that differs from the identity and every final one:
  // pours the state into an array of value XOR place that is all zero.
  void pour(std::span<u32> places) const;

 private:
  std::size_t find(u32 place) const;

  // Open addressing with linear probing; a slot is free while its place is kFree.
  static constexpr u32 kFree = 0xffffffffU;
  std::vector<u32> places_;
  std::vector<u32> held_;
  std::vector<u32> values_;
  int shift_ = 0;
};

}  // namespace fastsamplers::order
