// Uniform doubles of [0, 1) as torch draws them: 53 bits of two words.
//
// Source: at::uniform_real_distribution<double>. Such a number is m * 2^-53 for a whole m, which is
// what the kernels keep: it compares exactly. Words: two a number. Threads: pure functions.
#pragma once

#include "fastsamplers/base/types.hpp"
#include "fastsamplers/rng/remainders.hpp"

namespace fastsamplers::rng {

inline constexpr u64 kUniformWords = 2;
inline constexpr u32 kUniformBits = 53;
inline constexpr u64 kUniformMask = (u64{1} << kUniformBits) - 1;

// m, from two words.
inline u64 uniform_bits(const u32* words) { return join(words) & kUniformMask; }
inline double to_uniform(u64 bits) { return static_cast<double>(bits) * 0x1p-53; }

}  // namespace fastsamplers::rng
