// A keyed permutation of [0, n) that is computed, not stored: any place of it, or of its inverse,
// by itself.
//
// Above kMostListed: a Feistel network over Z_a x Z_b (feistel_rounds.hpp) with b a power of two,
// within a factor of two of sqrt(n), and a = ceil(n / b), so that fewer than b of its values lie
// above n; those are sent through the network again until they fall below it (cycle walking, Black
// and Rogaway), which at most two indices in sqrt(n) need.
// Up to kMostListed: a Fisher-Yates shuffle written down when the object is made, since a network
// of so few pairs shows through (docs/algorithms/index-shuffle.md has the measurements).
// The keys are sums of the words of two SplitMix64, one of (n, seed) and one of (n, seed, epoch):
// 128 bits, so that the epochs of two seeds are not the same sequence at another place.
//
// Work: docs/benchmarks.md. A place by itself costs O(1), but the inverse of a listed shuffle O(n).
// Memory: O(1), 2 bytes an index of a listed one. Threads: const after it is made.
//
// The permutation of (n, seed, epoch) is a promise: it is the same on every platform, and while
// kIndexShuffleVersion is what it is.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "fastsamplers/order/feistel_rounds.hpp"

namespace fastsamplers::order {

inline constexpr const char* kIndexShuffleVersion = "feistel-1";
inline constexpr u64 kMostShuffled = u64{1} << 62;
inline constexpr u64 kMostListed = 4096;
inline constexpr u64 kMostNarrow = u64{1} << 31;  // above, a would be more than half of 16 bits
// The least even number of rounds that no test has told from random orders.
inline constexpr std::size_t kShuffleRounds = 8;

class IndexShuffle {
 public:
  // std::invalid_argument unless 1 <= n <= 2^62.
  IndexShuffle(u64 n, u64 seed, u64 epoch = 0) : IndexShuffle(n, seed, epoch, kShuffleRounds) {}
  // With another number of rounds, even and at most kMostRounds: for measurements alone.
  IndexShuffle(u64 n, u64 seed, u64 epoch, std::size_t rounds);

  u64 size() const { return n_; }

  // The value at a place, and the place of a value; both below n.
  i64 value_at(i64 place) const;
  i64 place_of(i64 value) const;

  // out[k] = the value at first + k * step, all of which lie in [0, n).
  void values_of_range(i64 first, i64 step, std::span<i64> out) const;
  // In place: the values at places in [0, n), and the places of values in [0, n).
  void values_at(std::span<i64> places) const;
  void places_of(std::span<i64> values) const;

 private:
  using Listed = std::vector<u16>;  // the values at all places
  using Narrow = FeistelNetwork<u16>;
  using Wide = FeistelNetwork<u32>;

  u64 n_;
  std::variant<Listed, Narrow, Wide> form_;
};

}  // namespace fastsamplers::order
