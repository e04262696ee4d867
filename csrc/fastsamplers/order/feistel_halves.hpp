// Indices cut into the halves of a Feistel network over Z_a x Z_2^m, and halves put together again.
//
//   place = left * 2^m + right     on the way in: consecutive places differ in their right halves
//   value = right * a + left       on the way out: so do consecutive values in their left halves
// The half that the last round changes is then the high one, as the half that the first round reads
// is the low one: both directions mix alike.
// Work: some instructions an index, and a division of doubles for values: docs/benchmarks.md.
// Memory: none. Threads: pure functions.
#pragma once

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/order/feistel_rounds.hpp"

namespace fastsamplers::order {

template <class Word>
struct HalvesKernels {
  // The halves of the places first + k * step, all below 2^31 (narrow) or 2^62 (wide).
  using CutRange = void (*)(u64 first, u64 step, u32 m, std::size_t count, Word* left, Word* right);
  // The halves of given places, and of given values.
  using CutPlaces = void (*)(const i64* places, u32 m, std::size_t count, Word* left, Word* right);
  using CutValues = void (*)(const i64* values, Word a, std::size_t count, Word* left, Word* right);
  // The values, or places, of pairs; returns the greatest, 0 for none.
  using JoinValues = i64 (*)(const Word* left, const Word* right, Word a, std::size_t count,
                             i64* values);
  using JoinPlaces = i64 (*)(const Word* left, const Word* right, u32 m, std::size_t count,
                             i64* places);

  static const Variants<CutRange> cut_range;
  static const Variants<CutPlaces> cut_places;
  static const Variants<CutValues> cut_values;
  static const Variants<JoinValues> join_values;
  static const Variants<JoinPlaces> join_places;
};

template <>
const Variants<HalvesKernels<u16>::CutRange> HalvesKernels<u16>::cut_range;
template <>
const Variants<HalvesKernels<u32>::CutRange> HalvesKernels<u32>::cut_range;
template <>
const Variants<HalvesKernels<u16>::CutPlaces> HalvesKernels<u16>::cut_places;
template <>
const Variants<HalvesKernels<u32>::CutPlaces> HalvesKernels<u32>::cut_places;
template <>
const Variants<HalvesKernels<u16>::CutValues> HalvesKernels<u16>::cut_values;
template <>
const Variants<HalvesKernels<u32>::CutValues> HalvesKernels<u32>::cut_values;
template <>
const Variants<HalvesKernels<u16>::JoinValues> HalvesKernels<u16>::join_values;
template <>
const Variants<HalvesKernels<u32>::JoinValues> HalvesKernels<u32>::join_values;
template <>
const Variants<HalvesKernels<u16>::JoinPlaces> HalvesKernels<u16>::join_places;
template <>
const Variants<HalvesKernels<u32>::JoinPlaces> HalvesKernels<u32>::join_places;

// The same for one index.

template <class Word>
Pair<Word> pair_of_place(u64 place, const FeistelNetwork<Word>& network) {
  return {static_cast<Word>(place >> network.right_bits),
          static_cast<Word>(place & network.right_mask())};
}

template <class Word>
Pair<Word> pair_of_value(u64 value, const FeistelNetwork<Word>& network) {
  return {static_cast<Word>(value % network.left_size),
          static_cast<Word>(value / network.left_size)};
}

template <class Word>
u64 place_of_pair(Pair<Word> pair, const FeistelNetwork<Word>& network) {
  return (u64{pair.left} << network.right_bits) + pair.right;
}

template <class Word>
u64 value_of_pair(Pair<Word> pair, const FeistelNetwork<Word>& network) {
  return u64{pair.right} * network.left_size + pair.left;
}

}  // namespace fastsamplers::order
