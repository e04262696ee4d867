// The two loops of MT19937 over one block of 624 words: twist (the recurrence) and temper (the
// output function).
//
// Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998; the constants are
// those of ATen's engine, at::mt19937.
// Work: one pass over 624 words each, in place for the twist. A word depends on the words 1 and 397
// places ahead in the old block, so the nearest word of the same block it needs is 227 places
// behind: lanes of up to 227 words can run side by side.
// Threads: stateless.
#pragma once

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/types.hpp"

namespace fastsamplers::rng {

inline constexpr std::size_t kBlockWords = 624;

using TwistFunction = void (*)(u32* state);
using TemperFunction = void (*)(const u32* state, u32* out, std::size_t count);

// twist(state): the next block of 624 words in place of this one.
extern const Variants<TwistFunction> kTwist;
// temper(state, out, count): out[i] = tempered state[i]; out may not overlap state.
extern const Variants<TemperFunction> kTemper;

// The output function on one word.
FASTSAMPLERS_INLINE u32 temper(u32 y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

}  // namespace fastsamplers::rng
