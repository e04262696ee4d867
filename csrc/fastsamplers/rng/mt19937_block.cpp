#include "fastsamplers/rng/mt19937_block.hpp"

namespace fastsamplers::rng {
namespace {

constexpr std::size_t kShift = 397;
constexpr std::size_t kBehind = kBlockWords - kShift;  // 227
constexpr u32 kMatrix = 0x9908b0dfU;
constexpr u32 kUpper = 0x80000000U;
constexpr u32 kLower = 0x7fffffffU;

FASTSAMPLERS_INLINE u32 mix(u32 high, u32 low) {
  const u32 joined = (high & kUpper) | (low & kLower);
  return (joined >> 1) ^ ((0U - (low & 1U)) & kMatrix);
}

// Cut at 227 and 454: within each part no word reads one that the same part writes before it, so
// the compiler may run any number of lanes.
FASTSAMPLERS_INLINE void twist_body(u32* s) {
  std::size_t i = 0;
  FASTSAMPLERS_INDEPENDENT
  for (; i < kBehind; ++i) s[i] = s[i + kShift] ^ mix(s[i], s[i + 1]);
  FASTSAMPLERS_INDEPENDENT
  for (; i < 2 * kBehind; ++i) s[i] = s[i - kBehind] ^ mix(s[i], s[i + 1]);
  FASTSAMPLERS_INDEPENDENT
  for (; i < kBlockWords - 1; ++i) s[i] = s[i - kBehind] ^ mix(s[i], s[i + 1]);
  s[i] = s[i - kBehind] ^ mix(s[i], s[0]);
}

FASTSAMPLERS_INLINE void temper_body(const u32* s, u32* out, std::size_t count) {
  FASTSAMPLERS_INDEPENDENT
  for (std::size_t i = 0; i < count; ++i) out[i] = temper(s[i]);
}

void twist_scalar(u32* s) { twist_body(s); }
void temper_scalar(const u32* s, u32* out, std::size_t count) { temper_body(s, out, count); }

#if FASTSAMPLERS_X86
FASTSAMPLERS_TARGET_AVX2 void twist_avx2(u32* s) { twist_body(s); }
FASTSAMPLERS_TARGET_AVX512 void twist_avx512(u32* s) { twist_body(s); }
FASTSAMPLERS_TARGET_AVX2 void temper_avx2(const u32* s, u32* out, std::size_t count) {
  temper_body(s, out, count);
}
FASTSAMPLERS_TARGET_AVX512 void temper_avx512(const u32* s, u32* out, std::size_t count) {
  temper_body(s, out, count);
}
#elif FASTSAMPLERS_NEON
void twist_neon(u32* s) { twist_body(s); }
void temper_neon(const u32* s, u32* out, std::size_t count) { temper_body(s, out, count); }
#endif

}  // namespace

const Variants<TwistFunction> kTwist{"mt19937 twist", FASTSAMPLERS_ROW(twist)};
const Variants<TemperFunction> kTemper{"mt19937 temper", FASTSAMPLERS_ROW(temper)};

}  // namespace fastsamplers::rng
