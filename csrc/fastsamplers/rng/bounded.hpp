// Bounded integers by remainder, as torch draws them.
//
// Source: at::native random_from_to (randint) and randperm, CPU. The remainder favours small values
// by at most range / 2^32 (one word) or range / 2^64 (two words); that bias is torch's.
// Words: one an integer below a range of 2^28, two from there on.
// Threads: safe on distinct engines.
#pragma once

#include <span>

#include "fastsamplers/base/types.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::rng {

// torch's randint draws 64 bits from this range on.
inline constexpr u64 kTwoWordRange = u64{1} << 28;

// Words that one integer of [0, range) takes.
inline u64 bounded_words(u64 range) { return range >= kTwoWordRange ? 2 : 1; }

// out[i] = low + random % range, in order; range > 0 and low + range - 1 fits i64.
void bounded_fill(Mt19937& engine, i64 low, u64 range, std::span<i64> out);

}  // namespace fastsamplers::rng
