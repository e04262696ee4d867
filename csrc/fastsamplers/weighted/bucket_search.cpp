#include "fastsamplers/weighted/bucket_search.hpp"

#include <algorithm>
#include <bit>

#include "fastsamplers/base/intrinsics.hpp"
#include "fastsamplers/base/prefetch.hpp"

namespace fastsamplers::weighted {
namespace {

// How many of a line's values are below the point's bits, and whether one is equal to them.
struct Comparison {
  u32 below;
  bool has_equal;
};

FASTSAMPLERS_INLINE Comparison compare_scalar(const Bucket& bucket, u32 bits) {
  u32 below = 0;
  u32 equal = 0;
  for (const u32 value : bucket.values) {
    below += static_cast<u32>(value < bits);
    equal += static_cast<u32>(value == bits);
  }
  return {below, equal != 0};
}

#if FASTSAMPLERS_X86
// The last 13 of the 16 numbers in a line are values. They ascend, so those below come first.
constexpr u32 kHeadNumbers = 3;
constexpr u32 kValueNumbers = 0xffff & ~((u32{1} << kHeadNumbers) - 1);

FASTSAMPLERS_INLINE u32 count_below(u32 not_below) {
  return static_cast<u32>(
      std::countr_zero((not_below >> kHeadNumbers) | (u32{1} << kBucketValues)));
}

FASTSAMPLERS_TARGET_AVX2 FASTSAMPLERS_INLINE u32 bits_of(__m256i low, __m256i high) {
  const auto first = static_cast<u32>(_mm256_movemask_ps(_mm256_castsi256_ps(low)));
  const auto second = static_cast<u32>(_mm256_movemask_ps(_mm256_castsi256_ps(high)));
  return first | (second << 8);
}

FASTSAMPLERS_TARGET_AVX2 FASTSAMPLERS_INLINE Comparison compare_avx2(const Bucket& bucket,
                                                                     u32 bits) {
  const auto* const line = reinterpret_cast<const __m256i*>(&bucket);
  const __m256i low = _mm256_load_si256(line);
  const __m256i high = _mm256_load_si256(line + 1);
  const __m256i point = _mm256_set1_epi32(static_cast<i32>(bits));
  const u32 not_below = bits_of(_mm256_cmpeq_epi32(_mm256_max_epu32(low, point), low),
                                _mm256_cmpeq_epi32(_mm256_max_epu32(high, point), high));
  const u32 equal = bits_of(_mm256_cmpeq_epi32(low, point), _mm256_cmpeq_epi32(high, point));
  return {count_below(not_below), (equal & kValueNumbers) != 0};
}

FASTSAMPLERS_TARGET_AVX512 FASTSAMPLERS_INLINE Comparison compare_avx512(const Bucket& bucket,
                                                                         u32 bits) {
  const __m512i line = _mm512_load_si512(&bucket);
  const __m512i point = _mm512_set1_epi32(static_cast<i32>(bits));
  const u32 equal = _mm512_mask_cmpeq_epi32_mask(kValueNumbers, line, point);
  return {count_below(_mm512_cmpge_epu32_mask(line, point)), equal != 0};
}
#endif

// One function for each level: the loop around its comparison.
// NOLINTBEGIN(bugprone-macro-parentheses): an attribute cannot stand in parentheses.
#define FASTSAMPLERS_LEVEL(target, level)                                                      \
  target std::size_t bucket_search_##level(const BucketGrid& grid, const u64* points,          \
                                           std::size_t count, i64* out) {                      \
    const Bucket* const buckets = grid.buckets;                                                \
    const u32 shift = grid.shift;                                                              \
    const u32 dropped = grid.dropped;                                                          \
    const u64 within = (u64{1} << shift) - 1;                                                  \
    const std::size_t ahead = std::min(count, kPrefetchSteps);                                 \
    for (std::size_t k = 0; k < ahead; ++k) prefetch_for_read(buckets + (points[k] >> shift)); \
    std::size_t unsaid = 0;                                                                    \
    for (std::size_t k = 0; k < count; ++k) {                                                  \
      if (k + ahead < count) prefetch_for_read(buckets + (points[k + ahead] >> shift));        \
      const Bucket& bucket = buckets[points[k] >> shift];                                      \
      const auto bits = static_cast<u32>((points[k] & within) >> dropped);                     \
      const Comparison found = compare_##level(bucket, bits);                                  \
      const bool is_unsaid = bucket.is_crowded != 0 || (dropped != 0 && found.has_equal);      \
      out[k] = is_unsaid ? -1 : static_cast<i64>(bucket.first + found.below);                  \
      unsaid += static_cast<std::size_t>(is_unsaid);                                           \
    }                                                                                          \
    return unsaid;                                                                             \
  }
// NOLINTEND(bugprone-macro-parentheses)

FASTSAMPLERS_LEVEL(, scalar)
#if FASTSAMPLERS_X86
FASTSAMPLERS_LEVEL(FASTSAMPLERS_TARGET_AVX2, avx2)
FASTSAMPLERS_LEVEL(FASTSAMPLERS_TARGET_AVX512, avx512)
#elif FASTSAMPLERS_NEON
constexpr BucketSearchFunction bucket_search_neon = nullptr;
#endif

}  // namespace

const Variants<BucketSearchFunction> kBucketSearch{"search in buckets",
                                                   FASTSAMPLERS_ROW(bucket_search)};

}  // namespace fastsamplers::weighted
