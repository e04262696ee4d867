#include "fastsamplers/rng/bounded.hpp"

#include <algorithm>
#include <array>

#include "fastsamplers/base/check.hpp"

#if FASTSAMPLERS_X86
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// gcc 12 warns of the undefined pass-through operand inside its own intrinsics (gcc bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fastsamplers::rng {
namespace {

// Words drawn at a time: they stay in the first-level cache.
constexpr std::size_t kChunkWords = 2048;

void forward_targets_scalar(const u32* words, u64 first, u64 n, std::size_t count, u32* out) {
  for (std::size_t k = 0; k < count; ++k) {
    const u64 i = first + k;
    out[k] = static_cast<u32>(i + words[k] % (n - i));
  }
}

#if FASTSAMPLERS_X86
FASTSAMPLERS_TARGET_AVX2 void forward_targets_avx2(const u32* words, u64 first, u64 n,
                                                   std::size_t count, u32* out) {
  constexpr std::size_t kLanes = 4;
  const __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
  // 2^52 + w holds w in its low mantissa bits: the unsigned conversions that AVX2 lacks.
  const __m256d magic = _mm256_set1_pd(0x1p52);
  const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  std::size_t k = 0;
  for (; k + kLanes <= count; k += kLanes) {
    const __m128i i = _mm_add_epi32(_mm_set1_epi32(static_cast<i32>(first + k)), lane);
    const __m128i divisor = _mm_sub_epi32(_mm_set1_epi32(static_cast<i32>(n)), i);
    const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(words + k));
    const __m256i wide = _mm256_or_si256(_mm256_cvtepu32_epi64(word), _mm256_castpd_si256(magic));
    const __m256d dividend = _mm256_sub_pd(_mm256_castsi256_pd(wide), magic);
    const __m256d quotient = _mm256_floor_pd(_mm256_div_pd(dividend, _mm256_cvtepi32_pd(divisor)));
    const __m256i bits = _mm256_castpd_si256(_mm256_add_pd(quotient, magic));
    const __m128i whole = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(bits, low_halves));
    const __m128i rest = _mm_sub_epi32(word, _mm_mullo_epi32(whole, divisor));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + k), _mm_add_epi32(i, rest));
  }
  forward_targets_scalar(words + k, first + k, n, count - k, out + k);
}

FASTSAMPLERS_TARGET_AVX512 void forward_targets_avx512(const u32* words, u64 first, u64 n,
                                                       std::size_t count, u32* out) {
  constexpr std::size_t kLanes = 8;
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  std::size_t k = 0;
  for (; k + kLanes <= count; k += kLanes) {
    const __m256i i = _mm256_add_epi32(_mm256_set1_epi32(static_cast<i32>(first + k)), lane);
    const __m256i divisor = _mm256_sub_epi32(_mm256_set1_epi32(static_cast<i32>(n)), i);
    const __m256i word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + k));
    const __m512d quotient = _mm512_div_pd(_mm512_cvtepu32_pd(word), _mm512_cvtepu32_pd(divisor));
    const __m256i rest =
        _mm256_sub_epi32(word, _mm256_mullo_epi32(_mm512_cvttpd_epu32(quotient), divisor));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + k), _mm256_add_epi32(i, rest));
  }
  forward_targets_scalar(words + k, first + k, n, count - k, out + k);
}
#endif

}  // namespace

void bounded_fill(Mt19937& engine, i64 low, u64 range, std::span<i64> out) {
  check_argument(range > 0, "range", "positive", range);
  const auto base = static_cast<u64>(low);
  std::array<u32, kChunkWords> words;
  if (bounded_words(range) == 1) {
    const auto divisor = static_cast<u32>(range);
    while (!out.empty()) {
      const std::size_t count = std::min(out.size(), kChunkWords);
      engine.fill({words.data(), count});
      for (std::size_t k = 0; k < count; ++k) out[k] = static_cast<i64>(base + words[k] % divisor);
      out = out.subspan(count);
    }
    return;
  }
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), kChunkWords / 2);
    engine.fill({words.data(), 2 * count});
    for (std::size_t k = 0; k < count; ++k) {
      const u64 random = (u64{words[2 * k]} << 32) | words[2 * k + 1];
      out[k] = static_cast<i64>(base + random % range);
    }
    out = out.subspan(count);
  }
}

#if FASTSAMPLERS_X86
const Variants<ForwardTargetsFunction> kForwardTargets{
    "forward targets", {forward_targets_scalar, forward_targets_avx2, forward_targets_avx512}};
#else
const Variants<ForwardTargetsFunction> kForwardTargets{"forward targets",
                                                       {forward_targets_scalar, nullptr, nullptr}};
#endif

}  // namespace fastsamplers::rng
