// Remainders of random words, many at once: where torch bounds a random integer.
//
// Source: at::native randperm (a divisor for each step) and random_from_to (one for all).
// How: the wide variants divide in double. For 32-bit words that is exact: a quotient r / d that is
// not whole lies at least 1 / d below the next integer, and rounding moves it by less than
// r / d * 2^-53 < 2^-21 / d. For 64-bit words the quotient may be one off either way while
// r / d * 2^-52 < 1, which one correction mends: between kLeastWideDivisor and kMostWideDivisor the
// error is below 2^-8. Other divisors take the scalar way.
// Work: 0.2-0.8 ns a remainder, scalar 1-4 ns. Threads: pure functions.
#pragma once

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/types.hpp"

namespace fastsamplers::rng {

inline constexpr u64 kLeastWideDivisor = u64{1} << 20;
inline constexpr u64 kMostWideDivisor = (u64{1} << 52) - 1;

// Two words, the first is the high half: torch's random64.
inline u64 join(const u32* words) { return (u64{words[0]} << 32) | words[1]; }

// The swap targets of the forward shuffle: out[k] = i + words[k] % (n - i) with i = first + k.
// Needs first + count < n < 2^31.
using ForwardTargetsFunction = void (*)(const u32* words, u64 first, u64 n, std::size_t count,
                                        u32* out);
extern const Variants<ForwardTargetsFunction> kForwardTargets;

// The swap targets of the inside-out shuffle: out[k] = join(words + 2k) % (first + k + 1).
using InsideOutTargetsFunction = void (*)(const u32* words, u64 first, std::size_t count, u64* out);
extern const Variants<InsideOutTargetsFunction> kInsideOutTargets;

// out[k] = low + words[k] % range, range > 0.
using BoundFunction = void (*)(const u32* words, std::size_t count, i64 low, u32 range, i64* out);
extern const Variants<BoundFunction> kBound;

// out[k] = low + join(words + 2k) % range, range > 0.
using WideBoundFunction = void (*)(const u32* words, std::size_t count, i64 low, u64 range,
                                   i64* out);
extern const Variants<WideBoundFunction> kWideBound;

}  // namespace fastsamplers::rng
