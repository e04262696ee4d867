#include "fastsamplers/order/owned_steps.hpp"

#include "fastsamplers/base/intrinsics.hpp"

namespace fastsamplers::order {
namespace {

// Without a branch: which steps are kept is random.
template <class Target>
FASTSAMPLERS_INLINE std::size_t keep(const Target* targets, std::size_t count, u32 first_step,
                                     Target low, Target size, Target* out_targets, u32* out_steps) {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const Target target = targets[k];
    out_targets[kept] = target;
    out_steps[kept] = first_step + static_cast<u32>(k);
    kept += static_cast<Target>(target - low) < size ? 1 : 0;
  }
  return kept;
}

std::size_t owned_steps_scalar(const u32* targets, std::size_t count, u32 first_step, u32 low,
                               u32 size, u32* out_targets, u32* out_steps) {
  return keep(targets, count, first_step, low, size, out_targets, out_steps);
}

#if FASTSAMPLERS_X86
// For each set of kept lanes (a bit a lane), the lanes in the order in which they are stored.
struct KeptLanes {
  alignas(32) u32 lanes[256][8];
};

constexpr KeptLanes make_kept_lanes() {
  KeptLanes table{};
  for (u32 set = 0; set < 256; ++set) {
    u32 kept = 0;
    for (u32 lane = 0; lane < 8; ++lane) {
      if ((set >> lane) & 1U) table.lanes[set][kept++] = lane;
    }
  }
  return table;
}

constexpr KeptLanes kKeptLanes = make_kept_lanes();

FASTSAMPLERS_TARGET_AVX2 std::size_t owned_steps_avx2(const u32* targets, std::size_t count,
                                                      u32 first_step, u32 low, u32 size,
                                                      u32* out_targets, u32* out_steps) {
  // Signed comparison of both sides moved by 2^31 is the unsigned one.
  const __m256i sign = _mm256_set1_epi32(static_cast<i32>(0x80000000U));
  const __m256i lows = _mm256_set1_epi32(static_cast<i32>(low));
  const __m256i sizes = _mm256_xor_si256(_mm256_set1_epi32(static_cast<i32>(size)), sign);
  __m256i step = _mm256_add_epi32(_mm256_set1_epi32(static_cast<i32>(first_step)),
                                  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  std::size_t kept = 0;
  std::size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const __m256i target = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(targets + k));
    const __m256i place = _mm256_xor_si256(_mm256_sub_epi32(target, lows), sign);
    const auto set =
        static_cast<u32>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(sizes, place))));
    const __m256i lanes =
        _mm256_load_si256(reinterpret_cast<const __m256i*>(kKeptLanes.lanes[set]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out_targets + kept),
                        _mm256_permutevar8x32_epi32(target, lanes));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out_steps + kept),
                        _mm256_permutevar8x32_epi32(step, lanes));
    kept += static_cast<std::size_t>(__builtin_popcount(set));
    step = _mm256_add_epi32(step, _mm256_set1_epi32(8));
  }
  return kept + owned_steps_scalar(targets + k, count - k, first_step + static_cast<u32>(k), low,
                                   size, out_targets + kept, out_steps + kept);
}

FASTSAMPLERS_TARGET_AVX512 std::size_t owned_steps_avx512(const u32* targets, std::size_t count,
                                                          u32 first_step, u32 low, u32 size,
                                                          u32* out_targets, u32* out_steps) {
  const __m512i lows = _mm512_set1_epi32(static_cast<i32>(low));
  const __m512i sizes = _mm512_set1_epi32(static_cast<i32>(size));
  __m512i step =
      _mm512_add_epi32(_mm512_set1_epi32(static_cast<i32>(first_step)),
                       _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  std::size_t kept = 0;
  std::size_t k = 0;
  for (; k + 16 <= count; k += 16) {
    const __m512i target = _mm512_loadu_si512(targets + k);
    const __mmask16 set = _mm512_cmplt_epu32_mask(_mm512_sub_epi32(target, lows), sizes);
    // Compressed in a register and stored whole: storing compressed is slow on some processors.
    _mm512_storeu_si512(out_targets + kept, _mm512_maskz_compress_epi32(set, target));
    _mm512_storeu_si512(out_steps + kept, _mm512_maskz_compress_epi32(set, step));
    kept += static_cast<std::size_t>(__builtin_popcount(_cvtmask16_u32(set)));
    step = _mm512_add_epi32(step, _mm512_set1_epi32(16));
  }
  return kept + owned_steps_scalar(targets + k, count - k, first_step + static_cast<u32>(k), low,
                                   size, out_targets + kept, out_steps + kept);
}
#elif FASTSAMPLERS_NEON
// For each set of kept lanes (a bit a lane), the bytes in the order in which they are stored.
struct KeptBytes {
  alignas(16) u8 bytes[16][16];
};

constexpr KeptBytes make_kept_bytes() {
  KeptBytes table{};
  for (u32 set = 0; set < 16; ++set) {
    u32 kept = 0;
    for (u32 byte = 0; byte < 16; ++byte) {
      if ((set >> (byte / 4)) & 1U) table.bytes[set][kept++] = static_cast<u8>(byte);
    }
  }
  return table;
}

constexpr KeptBytes kKeptBytes = make_kept_bytes();

std::size_t owned_steps_neon(const u32* targets, std::size_t count, u32 first_step, u32 low,
                             u32 size, u32* out_targets, u32* out_steps) {
  const uint32x4_t lows = vdupq_n_u32(low);
  const uint32x4_t sizes = vdupq_n_u32(size);
  // The sum over the kept lanes is their set below and their number from bit 4 on.
  const uint32x4_t marks = {0x11, 0x12, 0x14, 0x18};
  const uint32x4_t lane = {0, 1, 2, 3};
  uint32x4_t step = vaddq_u32(vdupq_n_u32(first_step), lane);
  std::size_t kept = 0;
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const uint32x4_t target = vld1q_u32(targets + k);
    const uint32x4_t is_kept = vcltq_u32(vsubq_u32(target, lows), sizes);
    const u32 sum = vaddvq_u32(vandq_u32(is_kept, marks));
    const uint8x16_t bytes = vld1q_u8(kKeptBytes.bytes[sum & 15U]);
    vst1q_u32(out_targets + kept,
              vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(target), bytes)));
    vst1q_u32(out_steps + kept,
              vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(step), bytes)));
    kept += sum >> 4;
    step = vaddq_u32(step, vdupq_n_u32(4));
  }
  return kept + owned_steps_scalar(targets + k, count - k, first_step + static_cast<u32>(k), low,
                                   size, out_targets + kept, out_steps + kept);
}
#endif

}  // namespace

std::size_t owned_steps(const u64* targets, std::size_t count, u32 first_step, u64 low, u64 size,
                        u64* out_targets, u32* out_steps) {
  return keep(targets, count, first_step, low, size, out_targets, out_steps);
}

const Variants<OwnedStepsFunction> kOwnedSteps{"owned steps", FASTSAMPLERS_ROW(owned_steps)};

}  // namespace fastsamplers::order
