// Which items of an exponential race can still be among the first, without taking a logarithm.
//
// Item i has q = w / E with E = -log1p(-u) >= u (Efraimidis and Spirakis 2006 have the same race as
// u^(1/w)), so q can exceed a threshold T only if w >= T * u. The filter compares with the upper 21
// of u's 53 bits, which makes u smaller, never larger: what it rules out is out, what it lets
// through is computed exactly by others.
// Work: 0.3-0.6 ns an item where few come through. Words: two an item. Threads: pure function.
#pragma once

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/types.hpp"

namespace fastsamplers::weighted {

// Bits of u in the first of its two words.
inline constexpr u32 kHighBits = 21;
inline constexpr u32 kHighMask = (u32{1} << kHighBits) - 1;
// Places that a filter may write beyond what it returns.
inline constexpr std::size_t kFilterSlack = 8;

// The positions k, ascending, with weights[k] >= scale * (words[2k] & kHighMask); returns how many.
// `survivors` has room for count + kFilterSlack.
using RaceFilterFunction = std::size_t (*)(const u32* words, const double* weights,
                                           std::size_t count, double scale, u32* survivors);
extern const Variants<RaceFilterFunction> kRaceFilter;

}  // namespace fastsamplers::weighted
