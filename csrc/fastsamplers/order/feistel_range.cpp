#include "fastsamplers/order/feistel_range.hpp"

#include <algorithm>
#include <array>

#include "fastsamplers/order/feistel_halves.hpp"
#include "fastsamplers/order/feistel_lanes_avx512.hpp"

namespace fastsamplers::order {
namespace {

i64 in_stages(Isa isa, const FeistelNetwork<u16>& network, u64 first, u64 step, std::size_t count,
              i64* values) {
  const auto cut = HalvesKernels<u16>::cut_range.at(isa);
  const auto run = FeistelKernels<u16>::forward.at(isa);
  const auto join = HalvesKernels<u16>::join_values.at(isa);
  alignas(64) std::array<u16, kFeistelLanes> left;
  alignas(64) std::array<u16, kFeistelLanes> right;
  i64 most = 0;
  for (std::size_t k = 0; k < count; k += kFeistelLanes) {
    cut(first + k * step, step, network.right_bits, kFeistelLanes, left.data(), right.data());
    run(network, kFeistelLanes, left.data(), right.data());
    most = std::max(most,
                    join(left.data(), right.data(), network.left_size, kFeistelLanes, values + k));
  }
  return most;
}

i64 range_values_scalar(const FeistelNetwork<u16>& network, u64 first, u64 step, std::size_t count,
                        i64* values) {
  return in_stages(Isa::scalar, network, first, step, count, values);
}

#if FASTSAMPLERS_X86
i64 range_values_avx2(const FeistelNetwork<u16>& network, u64 first, u64 step, std::size_t count,
                      i64* values) {
  return in_stages(Isa::avx2, network, first, step, count, values);
}

// Sixteen values, zero-extended.
FASTSAMPLERS_AVX512 void write(__m512i values, i64* out) {
  _mm512_storeu_si512(out, _mm512_cvtepu32_epi64(_mm512_castsi512_si256(values)));
  _mm512_storeu_si512(out + 8, _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(values, 1)));
}

// Packing two registers of 32-bit lanes into one of 16 interleaves their quarters, and unpacking
// undoes that.
FASTSAMPLERS_TARGET_AVX512 i64 range_values_avx512(const FeistelNetwork<u16>& network, u64 first,
                                                   u64 step, std::size_t count, i64* values) {
  const NarrowSizes sizes = sizes_of(network);
  const __m512i zero = _mm512_setzero_si512();
  const __m512i a = _mm512_set1_epi32(network.left_size);
  const __m512i mask = _mm512_set1_epi32(network.right_mask());
  const __m128i m = _mm_cvtsi32_si128(static_cast<int>(network.right_bits));
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i distance = _mm512_set1_epi32(static_cast<i32>(static_cast<u32>(step)));
  const __m512i sixteen = _mm512_slli_epi32(distance, 4);
  __m512i place = _mm512_add_epi32(_mm512_set1_epi32(static_cast<i32>(static_cast<u32>(first))),
                                   _mm512_mullo_epi32(lane, distance));
  __m512i most = zero;
  for (std::size_t k = 0; k < count; k += NarrowLanes::kCount) {
    NarrowLanes lanes;
    for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
      const __m512i next = _mm512_add_epi32(place, sixteen);
      lanes.left[g] = _mm512_packus_epi32(_mm512_srl_epi32(place, m), _mm512_srl_epi32(next, m));
      lanes.right[g] =
          _mm512_packus_epi32(_mm512_and_si512(place, mask), _mm512_and_si512(next, mask));
      place = _mm512_add_epi32(next, sixteen);
    }
    run_forward(network, sizes, lanes);
    for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
      const __m512i lower =
          _mm512_add_epi32(_mm512_mullo_epi32(_mm512_unpacklo_epi16(lanes.right[g], zero), a),
                           _mm512_unpacklo_epi16(lanes.left[g], zero));
      const __m512i upper =
          _mm512_add_epi32(_mm512_mullo_epi32(_mm512_unpackhi_epi16(lanes.right[g], zero), a),
                           _mm512_unpackhi_epi16(lanes.left[g], zero));
      most = _mm512_max_epu32(most, _mm512_max_epu32(lower, upper));
      i64* const out = values + k + g * NarrowLanes::kWidth;
      write(lower, out);
      write(upper, out + 16);
    }
  }
  return _mm512_reduce_max_epu32(most);
}
#elif FASTSAMPLERS_NEON
i64 range_values_neon(const FeistelNetwork<u16>& network, u64 first, u64 step, std::size_t count,
                      i64* values) {
  return in_stages(Isa::neon, network, first, step, count, values);
}
#endif

}  // namespace

const Variants<RangeValuesFunction> kRangeValues{"values of a range",
                                                 FASTSAMPLERS_ROW(range_values)};

}  // namespace fastsamplers::order
