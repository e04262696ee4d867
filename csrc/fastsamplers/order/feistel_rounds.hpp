// The rounds of a Feistel network over pairs (left, right) of Z_a x Z_b, b = 2^m: a keyed bijection.
//
//   round 0, 2, 4, ...   left  = (left  + high word of spread(right) * a) mod a
//   round 1, 3, 5, ...   right = (right + the m high bits of spread(left)) mod 2^m
//   spread(half), narrow = (low word ^ high word ^ mask) * mixer    of the product half * multiplier
//   spread(half), wide   = t ^ (t >> 15),  t = (h ^ (h >> 15) ^ mask) * mixer,  h = half * multiplier
// in words of 16 bits (narrow) or 32 bits (wide), modulo the word; multiplier, mask and mixer are
// keys of each round, both factors odd. A product modulo the word carries bits upwards alone; its
// high word, or a shift on either side, brings them down again, so that every bit of a half reaches
// every bit of the image also where halves fill their words. Narrow, the high word costs no more
// than a shift; wide, vectors have no instruction for it.
//
// Source: Black and Rogaway, "Ciphers with arbitrary finite domains" (CT-RSA 2002), the generalised
// Feistel; multiply-shift hashing by Dietzfelbinger et al. (1997). A round is undone by a
// subtraction, so the rounds backwards are the inverse. How many it takes, and the tests that say
// so: docs/algorithms/index-shuffle.md.
// Work: docs/benchmarks.md. Memory: none. Threads: pure functions.
//
// What these rounds compute is a promise (kIndexShuffleVersion): it does not change.
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/types.hpp"

namespace fastsamplers::order {

inline constexpr std::size_t kMostRounds = 16;
inline constexpr u32 kSpreadShift = 15;

template <class Word>
struct FeistelRound {
  Word multiplier;  // odd
  Word mask;
  Word mixer;  // odd
};

template <class Word>
struct FeistelNetwork {
  Word left_size = 1;      // a, at most half of all words
  u32 right_bits = 0;      // m, at most the bits of a word
  std::size_t rounds = 0;  // even
  std::array<FeistelRound<Word>, kMostRounds> round{};

  Word right_mask() const { return static_cast<Word>((u64{1} << right_bits) - 1); }
};

template <class Word>
struct Pair {
  Word left;
  Word right;
};

// The following are the specification, and what every level is made of that has no variant of its
// own: arithmetic modulo the word, where the language would widen it.

template <class Word>
FASTSAMPLERS_INLINE Word spread(Word half, FeistelRound<Word> round) {
  if constexpr (sizeof(Word) == 2) {
    const u32 product = u32{half} * round.multiplier;
    const auto mixed = static_cast<u16>(product ^ (product >> 16) ^ round.mask);
    return static_cast<u16>(u32{mixed} * round.mixer);
  } else {
    const u32 hash = half * round.multiplier;
    const u32 mixed = (hash ^ (hash >> kSpreadShift) ^ round.mask) * round.mixer;
    return mixed ^ (mixed >> kSpreadShift);
  }
}

// What a round adds to left, in [0, a).
template <class Word>
FASTSAMPLERS_INLINE Word left_image(Word right, FeistelRound<Word> round, Word a) {
  using Wide = std::conditional_t<sizeof(Word) == 2, u32, u64>;
  return static_cast<Word>((Wide{spread(right, round)} * a) >> (sizeof(Word) * 8));
}

// What a round adds to right, in [0, 2^m).
template <class Word>
FASTSAMPLERS_INLINE Word right_image(Word left, FeistelRound<Word> round, u32 m) {
  return static_cast<Word>(spread(left, round) >> (sizeof(Word) * 8 - m));
}

// Modulo a: where there is nothing to take off (or to add), the other candidate has wrapped around
// and is the larger one.
template <class Word>
FASTSAMPLERS_INLINE Word add_modulo(Word value, Word image, Word a) {
  const auto sum = static_cast<Word>(value + image);
  return std::min(sum, static_cast<Word>(sum - a));
}

template <class Word>
FASTSAMPLERS_INLINE Word subtract_modulo(Word value, Word image, Word a) {
  const auto difference = static_cast<Word>(value - image);
  return std::min(difference, static_cast<Word>(difference + a));
}

template <class Word>
FASTSAMPLERS_INLINE Word round_left(Pair<Word> pair, FeistelRound<Word> round, Word a) {
  return add_modulo(pair.left, left_image(pair.right, round, a), a);
}

template <class Word>
FASTSAMPLERS_INLINE Word round_right(Pair<Word> pair, FeistelRound<Word> round, u32 m, Word mask) {
  return static_cast<Word>((pair.right + right_image(pair.left, round, m)) & mask);
}

template <class Word>
FASTSAMPLERS_INLINE Word unround_left(Pair<Word> pair, FeistelRound<Word> round, Word a) {
  return subtract_modulo(pair.left, left_image(pair.right, round, a), a);
}

template <class Word>
FASTSAMPLERS_INLINE Word unround_right(Pair<Word> pair, FeistelRound<Word> round, u32 m,
                                       Word mask) {
  return static_cast<Word>((pair.right - right_image(pair.left, round, m)) & mask);
}

template <class Word>
Pair<Word> forward_pair(const FeistelNetwork<Word>& network, Pair<Word> pair) {
  const Word mask = network.right_mask();
  for (std::size_t i = 0; i < network.rounds; i += 2) {
    pair.left = round_left(pair, network.round[i], network.left_size);
    pair.right = round_right(pair, network.round[i + 1], network.right_bits, mask);
  }
  return pair;
}

template <class Word>
Pair<Word> backward_pair(const FeistelNetwork<Word>& network, Pair<Word> pair) {
  const Word mask = network.right_mask();
  for (std::size_t i = network.rounds; i > 0; i -= 2) {
    pair.right = unround_right(pair, network.round[i - 1], network.right_bits, mask);
    pair.left = unround_left(pair, network.round[i - 2], network.left_size);
  }
  return pair;
}

// The kernels take this many pairs at once.
inline constexpr std::size_t kFeistelLanes = 256;

// In place on `count` pairs, a multiple of kFeistelLanes: a caller with fewer fills the rest with
// any pairs.
template <class Word>
using FeistelFunction = void (*)(const FeistelNetwork<Word>& network, std::size_t count, Word* left,
                                 Word* right);

template <class Word>
struct FeistelKernels;

template <>
struct FeistelKernels<u16> {
  static const Variants<FeistelFunction<u16>> forward;
  static const Variants<FeistelFunction<u16>> backward;
};

template <>
struct FeistelKernels<u32> {
  static const Variants<FeistelFunction<u32>> forward;
  static const Variants<FeistelFunction<u32>> backward;
};

}  // namespace fastsamplers::order
