// Seeds of the index shuffles that one plan is made of, so that none of them repeats another.
#pragma once

#include "fastsamplers/rng/splitmix64.hpp"

namespace fastsamplers::batch {

// The permutations below are promises as long as these do not change (kPlanVersion).
inline constexpr const char* kPlanVersion = "1";

enum class Purpose : u64 { samples = 1, steps = 2, ranks = 3, classes = 4, bins = 5 };

// Of the `number`-th shuffle for a purpose.
constexpr u64 plan_seed(u64 seed, Purpose purpose, u64 number = 0) {
  rng::SplitMix64 words;
  words.absorb(seed);
  words.absorb(static_cast<u64>(purpose));
  words.absorb(number);
  return words.next();
}

}  // namespace fastsamplers::batch
