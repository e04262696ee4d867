#include "fastsamplers/weighted/weight_digest.hpp"

#include <bit>
#include <limits>
#include <numeric>

#include "fastsamplers/base/intrinsics.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// gcc 12 warns of the attributes of a vector type that an array holds.
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

namespace fastsamplers::weighted {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Odd, so that multiplying by it loses nothing, and of 32 bits, which two narrow products do.
constexpr u64 kMultiplier = 0x9e3779b1;

FASTSAMPLERS_INLINE void take(double weight, std::size_t lane, WeightDigest& digest) {
  const u64 mixed = (digest.lanes[lane] ^ std::bit_cast<u64>(weight)) * kMultiplier;
  digest.lanes[lane] = mixed ^ (mixed >> 32);
  digest.sums[lane] += digest.lanes[lane];
  digest.nonzero += static_cast<u64>(weight != 0);
  digest.invalid += static_cast<u64>(!(weight >= 0 && weight < kInfinity));
}

void digest_scalar(const double* weights, std::size_t count, WeightDigest& digest) {
  for (std::size_t k = 0; k < count; ++k) take(weights[k], k % kDigestLanes, digest);
}

#if FASTSAMPLERS_X86
FASTSAMPLERS_TARGET_AVX2 FASTSAMPLERS_INLINE __m256i mix(__m256i lane, __m256d weights) {
  const __m256i multiplier = _mm256_set1_epi64x(kMultiplier);
  const __m256i value = _mm256_xor_si256(lane, _mm256_castpd_si256(weights));
  const __m256i high = _mm256_mul_epu32(_mm256_srli_epi64(value, 32), multiplier);
  const __m256i mixed =
      _mm256_add_epi64(_mm256_mul_epu32(value, multiplier), _mm256_slli_epi64(high, 32));
  return _mm256_xor_si256(mixed, _mm256_srli_epi64(mixed, 32));
}

FASTSAMPLERS_TARGET_AVX2 void digest_avx2(const double* weights, std::size_t count,
                                          WeightDigest& digest) {
  constexpr std::size_t kVectors = kDigestLanes / 4;
  std::array<__m256i, kVectors> lanes;
  std::array<__m256i, kVectors> sums;
  for (std::size_t v = 0; v < kVectors; ++v) {
    lanes[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&digest.lanes[4 * v]));
    sums[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&digest.sums[4 * v]));
  }
  const __m256d zero = _mm256_setzero_pd();
  const __m256d infinity = _mm256_set1_pd(kInfinity);
  __m256i nonzero = _mm256_setzero_si256();
  __m256i valid = _mm256_setzero_si256();
  std::size_t k = 0;
  for (; k + kDigestLanes <= count; k += kDigestLanes) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m256d weight = _mm256_loadu_pd(weights + k + 4 * v);
      lanes[v] = mix(lanes[v], weight);
      sums[v] = _mm256_add_epi64(sums[v], lanes[v]);
      const __m256d is_nonzero = _mm256_cmp_pd(weight, zero, _CMP_NEQ_UQ);
      const __m256d is_valid = _mm256_and_pd(_mm256_cmp_pd(weight, zero, _CMP_GE_OQ),
                                             _mm256_cmp_pd(weight, infinity, _CMP_LT_OQ));
      nonzero = _mm256_sub_epi64(nonzero, _mm256_castpd_si256(is_nonzero));
      valid = _mm256_sub_epi64(valid, _mm256_castpd_si256(is_valid));
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&digest.lanes[4 * v]), lanes[v]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&digest.sums[4 * v]), sums[v]);
  }
  std::array<u64, 4> counts;
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(counts.data()), nonzero);
  digest.nonzero += std::accumulate(counts.begin(), counts.end(), u64{0});
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(counts.data()), valid);
  digest.invalid += k - std::accumulate(counts.begin(), counts.end(), u64{0});
  digest_scalar(weights + k, count - k, digest);
}

FASTSAMPLERS_TARGET_AVX512 void digest_avx512(const double* weights, std::size_t count,
                                              WeightDigest& digest) {
  constexpr std::size_t kVectors = kDigestLanes / 8;
  std::array<__m512i, kVectors> lanes;
  std::array<__m512i, kVectors> sums;
  for (std::size_t v = 0; v < kVectors; ++v) {
    lanes[v] = _mm512_loadu_si512(&digest.lanes[8 * v]);
    sums[v] = _mm512_loadu_si512(&digest.sums[8 * v]);
  }
  const __m512i multiplier = _mm512_set1_epi64(kMultiplier);
  const __m512d zero = _mm512_setzero_pd();
  const __m512d infinity = _mm512_set1_pd(kInfinity);
  const __m512i one = _mm512_set1_epi64(1);
  __m512i nonzero = _mm512_setzero_si512();
  __m512i valid = _mm512_setzero_si512();
  std::size_t k = 0;
  for (; k + kDigestLanes <= count; k += kDigestLanes) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m512d weight = _mm512_loadu_pd(weights + k + 8 * v);
      const __m512i value = _mm512_xor_si512(lanes[v], _mm512_castpd_si512(weight));
      const __m512i high = _mm512_mul_epu32(_mm512_srli_epi64(value, 32), multiplier);
      const __m512i mixed =
          _mm512_add_epi64(_mm512_mul_epu32(value, multiplier), _mm512_slli_epi64(high, 32));
      lanes[v] = _mm512_xor_si512(mixed, _mm512_srli_epi64(mixed, 32));
      sums[v] = _mm512_add_epi64(sums[v], lanes[v]);
      const __mmask8 is_nonzero = _mm512_cmp_pd_mask(weight, zero, _CMP_NEQ_UQ);
      const __mmask8 is_positive = _mm512_cmp_pd_mask(weight, zero, _CMP_GE_OQ);
      const __mmask8 is_valid = _mm512_mask_cmp_pd_mask(is_positive, weight, infinity, _CMP_LT_OQ);
      nonzero = _mm512_mask_add_epi64(nonzero, is_nonzero, nonzero, one);
      valid = _mm512_mask_add_epi64(valid, is_valid, valid, one);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    _mm512_storeu_si512(&digest.lanes[8 * v], lanes[v]);
    _mm512_storeu_si512(&digest.sums[8 * v], sums[v]);
  }
  std::array<u64, 8> counts;
  _mm512_storeu_si512(counts.data(), nonzero);
  digest.nonzero += std::accumulate(counts.begin(), counts.end(), u64{0});
  _mm512_storeu_si512(counts.data(), valid);
  digest.invalid += k - std::accumulate(counts.begin(), counts.end(), u64{0});
  digest_scalar(weights + k, count - k, digest);
}
#elif FASTSAMPLERS_NEON
constexpr DigestFunction digest_neon = nullptr;
#endif

}  // namespace

const Variants<DigestFunction> kDigestWeights{"digest of weights", FASTSAMPLERS_ROW(digest)};

}  // namespace fastsamplers::weighted
