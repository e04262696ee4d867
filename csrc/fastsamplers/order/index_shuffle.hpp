// A keyed permutation of [0, n) that is computed, not stored: any place of it, or of its inverse,
// by itself.
//
// Above kMostListed: a Feistel network over Z_a x Z_b (feistel_rounds.hpp) with b a power of two,
// within a factor of two of sqrt(n), and a = ceil(n / b), so that fewer than b of its values lie
// above n; those are sent through the network again until they fall below it (cycle walking, Black
// and Rogaway), which about one index in sqrt(n) needs. With b even both even and odd permutations
// come about: cyclic shifts of an odd number of places alone would be even, all of them.
// Up to kMostListed: a Fisher-Yates shuffle written down when the object is made, since a network
// of so few pairs shows through (docs/algorithms/index-shuffle.md has the measurements).
// The keys come from all 64 bits of n, seed and epoch, by SplitMix64.
//
// Work: 0.4-0.5 ns an index in blocks with AVX-512 up to n = 2^31, 1.2 above it; 60 ns to make, or
// 1 ns an index of a listed one. Memory: O(1), 2 bytes an index of a listed one. Threads: const
// after it is made.
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
inline constexpr u64 kMostNarrow = u64{1} << 31;  // from here on the halves need 32 bits

// Rounds of the network: the least even number that left no trace in any test, and two more. The
// traces of r rounds fade with n as n^-(r/2).
inline constexpr u64 kMostByEightRounds = u64{1} << 24;
constexpr std::size_t shuffle_rounds(u64 n) { return n <= kMostByEightRounds ? 8 : 6; }

class IndexShuffle {
 public:
  // std::invalid_argument unless 1 <= n <= 2^62.
  IndexShuffle(u64 n, u64 seed, u64 epoch = 0) : IndexShuffle(n, seed, epoch, shuffle_rounds(n)) {}
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
