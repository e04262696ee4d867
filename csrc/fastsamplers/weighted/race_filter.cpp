#include "fastsamplers/weighted/race_filter.hpp"

#include <bit>

#include "fastsamplers/base/intrinsics.hpp"

namespace fastsamplers::weighted {
namespace {

std::size_t filter_from(std::size_t k, const u32* words, const double* weights, std::size_t count,
                        double scale, u32* survivors, std::size_t found) {
  for (; k < count; ++k) {
    survivors[found] = static_cast<u32>(k);
    const double high = words[2 * k] & kHighMask;
    found += static_cast<std::size_t>(weights[k] >= scale * high);
  }
  return found;
}

std::size_t race_filter_scalar(const u32* words, const double* weights, std::size_t count,
                               double scale, u32* survivors) {
  return filter_from(0, words, weights, count, scale, survivors, 0);
}

#if FASTSAMPLERS_X86
// Four pairs of words; whole numbers below 2^52 become doubles by way of 2^52's mantissa.
FASTSAMPLERS_TARGET_AVX2 FASTSAMPLERS_INLINE u32 filter_four(const u32* words,
                                                             const double* weights, __m256d scale) {
  const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
  const __m256i high = _mm256_and_si256(pairs, _mm256_set1_epi64x(kHighMask));
  const __m256d magic = _mm256_set1_pd(0x1p52);
  const __m256d raised = _mm256_castsi256_pd(_mm256_or_si256(high, _mm256_castpd_si256(magic)));
  const __m256d bound = _mm256_mul_pd(scale, _mm256_sub_pd(raised, magic));
  const __m256d passes = _mm256_cmp_pd(_mm256_loadu_pd(weights), bound, _CMP_GE_OQ);
  return static_cast<u32>(_mm256_movemask_pd(passes));
}

FASTSAMPLERS_TARGET_AVX2 std::size_t race_filter_avx2(const u32* words, const double* weights,
                                                      std::size_t count, double scale,
                                                      u32* survivors) {
  const __m256d scales = _mm256_set1_pd(scale);
  std::size_t found = 0;
  std::size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    u32 passes = filter_four(words + 2 * k, weights + k, scales) |
                 (filter_four(words + 2 * k + 8, weights + k + 4, scales) << 4);
    for (; passes != 0; passes &= passes - 1) {
      survivors[found++] = static_cast<u32>(k) + static_cast<u32>(std::countr_zero(passes));
    }
  }
  return filter_from(k, words, weights, count, scale, survivors, found);
}

FASTSAMPLERS_TARGET_AVX512 std::size_t race_filter_avx512(const u32* words, const double* weights,
                                                          std::size_t count, double scale,
                                                          u32* survivors) {
  const __m512d scales = _mm512_set1_pd(scale);
  const __m512i mask = _mm512_set1_epi64(kHighMask);
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  std::size_t found = 0;
  std::size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const __m512i high = _mm512_and_si512(_mm512_loadu_si512(words + 2 * k), mask);
    const __m512d bound = _mm512_mul_pd(scales, _mm512_cvtepi64_pd(high));
    const __mmask8 passes = _mm512_cmp_pd_mask(_mm512_loadu_pd(weights + k), bound, _CMP_GE_OQ);
    if (passes == 0) continue;
    const __m256i positions = _mm256_add_epi32(_mm256_set1_epi32(static_cast<i32>(k)), lane);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(survivors + found),
                        _mm256_maskz_compress_epi32(passes, positions));
    found += static_cast<std::size_t>(std::popcount(u32{passes}));
  }
  return filter_from(k, words, weights, count, scale, survivors, found);
}
#elif FASTSAMPLERS_NEON
constexpr RaceFilterFunction race_filter_neon = nullptr;
#endif

}  // namespace

const Variants<RaceFilterFunction> kRaceFilter{"filter of a race", FASTSAMPLERS_ROW(race_filter)};

}  // namespace fastsamplers::weighted
