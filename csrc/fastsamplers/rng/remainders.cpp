#include "fastsamplers/rng/remainders.hpp"

#include "fastsamplers/base/intrinsics.hpp"

namespace fastsamplers::rng {
namespace {

void forward_targets_scalar(const u32* words, u64 first, u64 n, std::size_t count, u32* out) {
  for (std::size_t k = 0; k < count; ++k) {
    const u64 i = first + k;
    out[k] = static_cast<u32>(i + words[k] % (n - i));
  }
}

void inside_out_targets_scalar(const u32* words, u64 first, std::size_t count, u64* out) {
  for (std::size_t k = 0; k < count; ++k) out[k] = join(words + 2 * k) % (first + k + 1);
}

void bound_scalar(const u32* words, std::size_t count, i64 low, u32 range, i64* out) {
  const auto base = static_cast<u64>(low);
  for (std::size_t k = 0; k < count; ++k) out[k] = static_cast<i64>(base + words[k] % range);
}

void wide_bound_scalar(const u32* words, std::size_t count, i64 low, u64 range, i64* out) {
  const auto base = static_cast<u64>(low);
  for (std::size_t k = 0; k < count; ++k) {
    out[k] = static_cast<i64>(base + join(words + 2 * k) % range);
  }
}

[[maybe_unused]] bool has_wide_way(u64 least, u64 most) {
  return least >= kLeastWideDivisor && most <= kMostWideDivisor;
}

#if FASTSAMPLERS_X86

// 2^52 + w holds w < 2^52 in its low mantissa bits: the unsigned conversions that AVX2 lacks.
FASTSAMPLERS_AVX2 __m256d to_double(__m256i value) {
  const __m256d magic = _mm256_set1_pd(0x1p52);
  const __m256i bits = _mm256_or_si256(value, _mm256_castpd_si256(magic));
  return _mm256_sub_pd(_mm256_castsi256_pd(bits), magic);
}

// For whole values in [0, 2^52).
FASTSAMPLERS_AVX2 __m256i to_integer(__m256d value) {
  const __m256d magic = _mm256_set1_pd(0x1p52);
  const __m256i bits = _mm256_castpd_si256(_mm256_add_pd(value, magic));
  return _mm256_xor_si256(bits, _mm256_castpd_si256(magic));
}

FASTSAMPLERS_AVX2 __m128i remainder(__m128i word, __m128i divisor) {
  const __m256d dividend = to_double(_mm256_cvtepu32_epi64(word));
  const __m256d quotient =
      _mm256_floor_pd(_mm256_div_pd(dividend, to_double(_mm256_cvtepu32_epi64(divisor))));
  const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  const __m128i whole =
      _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(to_integer(quotient), low_halves));
  return _mm_sub_epi32(word, _mm_mullo_epi32(whole, divisor));
}

// a * b modulo 2^64.
FASTSAMPLERS_AVX2 __m256i multiply(__m256i a, __m256i b) {
  const __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), b),
                                         _mm256_mul_epu32(a, _mm256_srli_epi64(b, 32)));
  return _mm256_add_epi64(_mm256_mul_epu32(a, b), _mm256_slli_epi64(cross, 32));
}

// Of four pairs of words.
FASTSAMPLERS_AVX2 __m256i wide_remainder(const u32* words, __m256i divisor) {
  const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words));
  const __m256i value = _mm256_shuffle_epi32(pairs, 0xb1);
  const __m256d high = to_double(_mm256_srli_epi64(value, 32));
  const __m256d low = to_double(_mm256_and_si256(value, _mm256_set1_epi64x(0xffffffff)));
  const __m256d dividend = _mm256_add_pd(_mm256_mul_pd(high, _mm256_set1_pd(0x1p32)), low);
  const __m256d quotient = _mm256_floor_pd(_mm256_div_pd(dividend, to_double(divisor)));
  const __m256i rest = _mm256_sub_epi64(value, multiply(to_integer(quotient), divisor));
  const __m256i is_negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), rest);
  const __m256i raised = _mm256_add_epi64(rest, _mm256_and_si256(is_negative, divisor));
  const __m256i is_below = _mm256_cmpgt_epi64(divisor, raised);
  return _mm256_sub_epi64(raised, _mm256_andnot_si256(is_below, divisor));
}

FASTSAMPLERS_TARGET_AVX2 void forward_targets_avx2(const u32* words, u64 first, u64 n,
                                                   std::size_t count, u32* out) {
  const __m128i lane = _mm_setr_epi32(0, 1, 2, 3);
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const __m128i i = _mm_add_epi32(_mm_set1_epi32(static_cast<i32>(first + k)), lane);
    const __m128i divisor = _mm_sub_epi32(_mm_set1_epi32(static_cast<i32>(n)), i);
    const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(words + k));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + k),
                     _mm_add_epi32(i, remainder(word, divisor)));
  }
  forward_targets_scalar(words + k, first + k, n, count - k, out + k);
}

FASTSAMPLERS_TARGET_AVX2 void inside_out_targets_avx2(const u32* words, u64 first,
                                                      std::size_t count, u64* out) {
  std::size_t k = 0;
  if (has_wide_way(first + 1, first + count)) {
    const __m256i lane = _mm256_setr_epi64x(1, 2, 3, 4);
    for (; k + 4 <= count; k += 4) {
      const __m256i divisor =
          _mm256_add_epi64(_mm256_set1_epi64x(static_cast<i64>(first + k)), lane);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + k),
                          wide_remainder(words + 2 * k, divisor));
    }
  }
  inside_out_targets_scalar(words + 2 * k, first + k, count - k, out + k);
}

FASTSAMPLERS_TARGET_AVX2 void bound_avx2(const u32* words, std::size_t count, i64 low, u32 range,
                                         i64* out) {
  const __m128i divisor = _mm_set1_epi32(static_cast<i32>(range));
  const __m256i base = _mm256_set1_epi64x(low);
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(words + k));
    const __m256i rest = _mm256_cvtepu32_epi64(remainder(word, divisor));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + k), _mm256_add_epi64(base, rest));
  }
  bound_scalar(words + k, count - k, low, range, out + k);
}

FASTSAMPLERS_TARGET_AVX2 void wide_bound_avx2(const u32* words, std::size_t count, i64 low,
                                              u64 range, i64* out) {
  std::size_t k = 0;
  if (has_wide_way(range, range)) {
    const __m256i divisor = _mm256_set1_epi64x(static_cast<i64>(range));
    const __m256i base = _mm256_set1_epi64x(low);
    for (; k + 4 <= count; k += 4) {
      const __m256i rest = wide_remainder(words + 2 * k, divisor);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + k), _mm256_add_epi64(base, rest));
    }
  }
  wide_bound_scalar(words + 2 * k, count - k, low, range, out + k);
}

FASTSAMPLERS_AVX512 __m256i remainder(__m256i word, __m256i divisor) {
  const __m512d quotient = _mm512_div_pd(_mm512_cvtepu32_pd(word), _mm512_cvtepu32_pd(divisor));
  return _mm256_sub_epi32(word, _mm256_mullo_epi32(_mm512_cvttpd_epu32(quotient), divisor));
}

// Of eight pairs of words.
FASTSAMPLERS_AVX512 __m512i wide_remainder(const u32* words, __m512i divisor) {
  const __m512i value = _mm512_rol_epi64(_mm512_loadu_si512(words), 32);
  const __m512d quotient = _mm512_div_pd(_mm512_cvtepu64_pd(value), _mm512_cvtepu64_pd(divisor));
  const __m512i whole = _mm512_cvttpd_epu64(quotient);
  const __m512i rest = _mm512_sub_epi64(value, _mm512_mullo_epi64(whole, divisor));
  const __m512i raised = _mm512_mask_add_epi64(rest, _mm512_movepi64_mask(rest), rest, divisor);
  return _mm512_mask_sub_epi64(raised, _mm512_cmpge_epi64_mask(raised, divisor), raised, divisor);
}

FASTSAMPLERS_TARGET_AVX512 void forward_targets_avx512(const u32* words, u64 first, u64 n,
                                                       std::size_t count, u32* out) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  std::size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const __m256i i = _mm256_add_epi32(_mm256_set1_epi32(static_cast<i32>(first + k)), lane);
    const __m256i divisor = _mm256_sub_epi32(_mm256_set1_epi32(static_cast<i32>(n)), i);
    const __m256i word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + k));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + k),
                        _mm256_add_epi32(i, remainder(word, divisor)));
  }
  forward_targets_scalar(words + k, first + k, n, count - k, out + k);
}

FASTSAMPLERS_TARGET_AVX512 void inside_out_targets_avx512(const u32* words, u64 first,
                                                          std::size_t count, u64* out) {
  std::size_t k = 0;
  if (has_wide_way(first + 1, first + count)) {
    const __m512i lane = _mm512_setr_epi64(1, 2, 3, 4, 5, 6, 7, 8);
    for (; k + 8 <= count; k += 8) {
      const __m512i divisor =
          _mm512_add_epi64(_mm512_set1_epi64(static_cast<i64>(first + k)), lane);
      _mm512_storeu_si512(out + k, wide_remainder(words + 2 * k, divisor));
    }
  }
  inside_out_targets_scalar(words + 2 * k, first + k, count - k, out + k);
}

FASTSAMPLERS_TARGET_AVX512 void bound_avx512(const u32* words, std::size_t count, i64 low,
                                             u32 range, i64* out) {
  const __m256i divisor = _mm256_set1_epi32(static_cast<i32>(range));
  const __m512i base = _mm512_set1_epi64(low);
  std::size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    const __m256i word = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + k));
    const __m512i rest = _mm512_cvtepu32_epi64(remainder(word, divisor));
    _mm512_storeu_si512(out + k, _mm512_add_epi64(base, rest));
  }
  bound_scalar(words + k, count - k, low, range, out + k);
}

FASTSAMPLERS_TARGET_AVX512 void wide_bound_avx512(const u32* words, std::size_t count, i64 low,
                                                  u64 range, i64* out) {
  std::size_t k = 0;
  if (has_wide_way(range, range)) {
    const __m512i divisor = _mm512_set1_epi64(static_cast<i64>(range));
    const __m512i base = _mm512_set1_epi64(low);
    for (; k + 8 <= count; k += 8) {
      const __m512i rest = wide_remainder(words + 2 * k, divisor);
      _mm512_storeu_si512(out + k, _mm512_add_epi64(base, rest));
    }
  }
  wide_bound_scalar(words + 2 * k, count - k, low, range, out + k);
}
#elif FASTSAMPLERS_NEON
FASTSAMPLERS_INLINE uint32x4_t remainder(uint32x4_t word, uint32x4_t divisor) {
  const float64x2_t low = vdivq_f64(vcvtq_f64_u64(vmovl_u32(vget_low_u32(word))),
                                    vcvtq_f64_u64(vmovl_u32(vget_low_u32(divisor))));
  const float64x2_t high =
      vdivq_f64(vcvtq_f64_u64(vmovl_high_u32(word)), vcvtq_f64_u64(vmovl_high_u32(divisor)));
  const uint32x4_t whole = vmovn_high_u64(vmovn_u64(vcvtq_u64_f64(low)), vcvtq_u64_f64(high));
  return vmlsq_u32(word, whole, divisor);
}

// a * b modulo 2^64.
FASTSAMPLERS_INLINE uint64x2_t multiply(uint64x2_t a, uint64x2_t b) {
  const uint32x2_t a_low = vmovn_u64(a);
  const uint32x2_t b_low = vmovn_u64(b);
  const uint64x2_t cross =
      vmlal_u32(vmull_u32(vshrn_n_u64(a, 32), b_low), a_low, vshrn_n_u64(b, 32));
  return vmlal_u32(vshlq_n_u64(cross, 32), a_low, b_low);
}

// Of two pairs of words.
FASTSAMPLERS_INLINE uint64x2_t wide_remainder(const u32* words, uint64x2_t divisor) {
  const uint64x2_t value = vreinterpretq_u64_u32(vrev64q_u32(vld1q_u32(words)));
  const float64x2_t quotient = vdivq_f64(vcvtq_f64_u64(value), vcvtq_f64_u64(divisor));
  const uint64x2_t rest = vsubq_u64(value, multiply(vcvtq_u64_f64(quotient), divisor));
  const uint64x2_t is_negative = vcltzq_s64(vreinterpretq_s64_u64(rest));
  const uint64x2_t raised = vaddq_u64(rest, vandq_u64(is_negative, divisor));
  return vsubq_u64(raised, vandq_u64(vcgeq_u64(raised, divisor), divisor));
}

void forward_targets_neon(const u32* words, u64 first, u64 n, std::size_t count, u32* out) {
  const uint32x4_t lane = {0, 1, 2, 3};
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const uint32x4_t i = vaddq_u32(vdupq_n_u32(static_cast<u32>(first + k)), lane);
    const uint32x4_t divisor = vsubq_u32(vdupq_n_u32(static_cast<u32>(n)), i);
    vst1q_u32(out + k, vaddq_u32(i, remainder(vld1q_u32(words + k), divisor)));
  }
  forward_targets_scalar(words + k, first + k, n, count - k, out + k);
}

void inside_out_targets_neon(const u32* words, u64 first, std::size_t count, u64* out) {
  std::size_t k = 0;
  if (has_wide_way(first + 1, first + count)) {
    const uint64x2_t lane = {1, 2};
    for (; k + 2 <= count; k += 2) {
      const uint64x2_t divisor = vaddq_u64(vdupq_n_u64(first + k), lane);
      vst1q_u64(out + k, wide_remainder(words + 2 * k, divisor));
    }
  }
  inside_out_targets_scalar(words + 2 * k, first + k, count - k, out + k);
}

void bound_neon(const u32* words, std::size_t count, i64 low, u32 range, i64* out) {
  const uint32x4_t divisor = vdupq_n_u32(range);
  const int64x2_t base = vdupq_n_s64(low);
  std::size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    const uint32x4_t rest = remainder(vld1q_u32(words + k), divisor);
    const int64x2_t first_half = vreinterpretq_s64_u64(vmovl_u32(vget_low_u32(rest)));
    const int64x2_t second_half = vreinterpretq_s64_u64(vmovl_high_u32(rest));
    vst1q_s64(out + k, vaddq_s64(base, first_half));
    vst1q_s64(out + k + 2, vaddq_s64(base, second_half));
  }
  bound_scalar(words + k, count - k, low, range, out + k);
}

void wide_bound_neon(const u32* words, std::size_t count, i64 low, u64 range, i64* out) {
  std::size_t k = 0;
  if (has_wide_way(range, range)) {
    const uint64x2_t divisor = vdupq_n_u64(range);
    const int64x2_t base = vdupq_n_s64(low);
    for (; k + 2 <= count; k += 2) {
      const uint64x2_t rest = wide_remainder(words + 2 * k, divisor);
      vst1q_s64(out + k, vaddq_s64(base, vreinterpretq_s64_u64(rest)));
    }
  }
  wide_bound_scalar(words + 2 * k, count - k, low, range, out + k);
}
#endif

}  // namespace

const Variants<ForwardTargetsFunction> kForwardTargets{"forward targets",
                                                       FASTSAMPLERS_ROW(forward_targets)};
const Variants<InsideOutTargetsFunction> kInsideOutTargets{"inside-out targets",
                                                           FASTSAMPLERS_ROW(inside_out_targets)};
const Variants<BoundFunction> kBound{"bounded integers", FASTSAMPLERS_ROW(bound)};
const Variants<WideBoundFunction> kWideBound{"bounded integers, 64 bits",
                                             FASTSAMPLERS_ROW(wide_bound)};

}  // namespace fastsamplers::rng
