// The narrow rounds of a Feistel network on AVX-512 registers, for the kernels made of them.
//
// The vectors that the compiler makes of the plain rounds go through memory after each; these stay in
// registers, which is a quarter faster. Eight groups are under way at once, so that no step waits
// for the one before it. For .cpp files alone.
#pragma once

#include "fastsamplers/base/intrinsics.hpp"
#include "fastsamplers/order/feistel_rounds.hpp"

#if FASTSAMPLERS_X86
namespace fastsamplers::order {

struct NarrowLanes {
  static constexpr std::size_t kGroups = 8;
  static constexpr std::size_t kWidth = 32;
  static constexpr std::size_t kCount = kGroups * kWidth;
  static_assert(kFeistelLanes % kCount == 0);

  __m512i left[kGroups];
  __m512i right[kGroups];
};

// A network's sizes, in all lanes.
struct NarrowSizes {
  __m512i a;
  __m512i mask;
  __m128i shift;
};

FASTSAMPLERS_AVX512 NarrowLanes load(const u16* left, const u16* right) {
  NarrowLanes lanes;
  for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
    lanes.left[g] = _mm512_loadu_si512(left + g * NarrowLanes::kWidth);
    lanes.right[g] = _mm512_loadu_si512(right + g * NarrowLanes::kWidth);
  }
  return lanes;
}

FASTSAMPLERS_AVX512 void store(const NarrowLanes& lanes, u16* left, u16* right) {
  for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
    _mm512_storeu_si512(left + g * NarrowLanes::kWidth, lanes.left[g]);
    _mm512_storeu_si512(right + g * NarrowLanes::kWidth, lanes.right[g]);
  }
}

FASTSAMPLERS_AVX512 __m512i broadcast(u16 word) {
  return _mm512_set1_epi16(static_cast<i16>(word));
}

FASTSAMPLERS_AVX512 NarrowSizes sizes_of(const FeistelNetwork<u16>& network) {
  return {broadcast(network.left_size), broadcast(network.right_mask()),
          _mm_cvtsi32_si128(static_cast<int>(16 - network.right_bits))};
}

FASTSAMPLERS_AVX512 __m512i spread(__m512i half, const FeistelRound<u16>& round) {
  constexpr int kXorOfThree = 0x96;
  const __m512i multiplier = broadcast(round.multiplier);
  const __m512i low = _mm512_mullo_epi16(half, multiplier);
  const __m512i high = _mm512_mulhi_epu16(half, multiplier);
  const __m512i mixed = _mm512_ternarylogic_epi32(low, high, broadcast(round.mask), kXorOfThree);
  return _mm512_mullo_epi16(mixed, broadcast(round.mixer));
}

FASTSAMPLERS_AVX512 __m512i left_image(__m512i right, const FeistelRound<u16>& round,
                                       const NarrowSizes& sizes) {
  return _mm512_mulhi_epu16(spread(right, round), sizes.a);
}

FASTSAMPLERS_AVX512 __m512i right_image(__m512i left, const FeistelRound<u16>& round,
                                        const NarrowSizes& sizes) {
  return _mm512_srl_epi16(spread(left, round), sizes.shift);
}

FASTSAMPLERS_AVX512 void run_forward(const FeistelNetwork<u16>& network, const NarrowSizes& sizes,
                                     NarrowLanes& lanes) {
  for (std::size_t i = 0; i < network.rounds; i += 2) {
    for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
      const __m512i image = left_image(lanes.right[g], network.round[i], sizes);
      const __m512i sum = _mm512_add_epi16(lanes.left[g], image);
      lanes.left[g] = _mm512_min_epu16(sum, _mm512_sub_epi16(sum, sizes.a));
    }
    for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
      const __m512i image = right_image(lanes.left[g], network.round[i + 1], sizes);
      lanes.right[g] = _mm512_and_si512(_mm512_add_epi16(lanes.right[g], image), sizes.mask);
    }
  }
}

FASTSAMPLERS_AVX512 void run_backward(const FeistelNetwork<u16>& network, const NarrowSizes& sizes,
                                      NarrowLanes& lanes) {
  for (std::size_t i = network.rounds; i > 0; i -= 2) {
    for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
      const __m512i image = right_image(lanes.left[g], network.round[i - 1], sizes);
      lanes.right[g] = _mm512_and_si512(_mm512_sub_epi16(lanes.right[g], image), sizes.mask);
    }
    for (std::size_t g = 0; g < NarrowLanes::kGroups; ++g) {
      const __m512i image = left_image(lanes.right[g], network.round[i - 2], sizes);
      const __m512i difference = _mm512_sub_epi16(lanes.left[g], image);
      lanes.left[g] = _mm512_min_epu16(difference, _mm512_add_epi16(difference, sizes.a));
    }
  }
}

}  // namespace fastsamplers::order
#endif
