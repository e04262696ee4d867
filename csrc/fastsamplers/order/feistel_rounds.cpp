#include "fastsamplers/order/feistel_rounds.hpp"

#if FASTSAMPLERS_X86
#include <immintrin.h>
#elif FASTSAMPLERS_NEON
#include <arm_neon.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// gcc 12 warns of the undefined pass-through operand inside its own intrinsics (gcc bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fastsamplers::order {
namespace {

// Round by round over as many pairs as lanes: what the compiler makes vectors of.
template <class Word>
FASTSAMPLERS_INLINE void forward_body(const FeistelNetwork<Word>& network, std::size_t count,
                                      Word* left, Word* right) {
  const Word a = network.left_size;
  const u32 m = network.right_bits;
  const Word mask = network.right_mask();
  for (std::size_t first = 0; first < count; first += kFeistelLanes) {
    Word* const l = left + first;
    Word* const r = right + first;
    for (std::size_t i = 0; i < network.rounds; i += 2) {
      const FeistelRound<Word> even = network.round[i];
      const FeistelRound<Word> odd = network.round[i + 1];
      FASTSAMPLERS_INDEPENDENT
      for (std::size_t k = 0; k < kFeistelLanes; ++k) l[k] = round_left({l[k], r[k]}, even, a);
      FASTSAMPLERS_INDEPENDENT
      for (std::size_t k = 0; k < kFeistelLanes; ++k) {
        r[k] = round_right({l[k], r[k]}, odd, m, mask);
      }
    }
  }
}

template <class Word>
FASTSAMPLERS_INLINE void backward_body(const FeistelNetwork<Word>& network, std::size_t count,
                                       Word* left, Word* right) {
  const Word a = network.left_size;
  const u32 m = network.right_bits;
  const Word mask = network.right_mask();
  for (std::size_t first = 0; first < count; first += kFeistelLanes) {
    Word* const l = left + first;
    Word* const r = right + first;
    for (std::size_t i = network.rounds; i > 0; i -= 2) {
      const FeistelRound<Word> even = network.round[i - 2];
      const FeistelRound<Word> odd = network.round[i - 1];
      FASTSAMPLERS_INDEPENDENT
      for (std::size_t k = 0; k < kFeistelLanes; ++k) {
        r[k] = unround_right({l[k], r[k]}, odd, m, mask);
      }
      FASTSAMPLERS_INDEPENDENT
      for (std::size_t k = 0; k < kFeistelLanes; ++k) l[k] = unround_left({l[k], r[k]}, even, a);
    }
  }
}

// NOLINTBEGIN(bugprone-macro-parentheses): an attribute cannot stand in parentheses.
#define FASTSAMPLERS_LEVEL(target, level, width, Word)                                           \
  target void forward_##width##_##level(const FeistelNetwork<Word>& network, std::size_t count,  \
                                        Word* left, Word* right) {                               \
    forward_body(network, count, left, right);                                                   \
  }                                                                                              \
  target void backward_##width##_##level(const FeistelNetwork<Word>& network, std::size_t count, \
                                         Word* left, Word* right) {                              \
    backward_body(network, count, left, right);                                                  \
  }
// NOLINTEND(bugprone-macro-parentheses)

FASTSAMPLERS_LEVEL(, scalar, narrow, u16)
FASTSAMPLERS_LEVEL(, scalar, wide, u32)

#if FASTSAMPLERS_X86
FASTSAMPLERS_LEVEL(FASTSAMPLERS_TARGET_AVX2, avx2, narrow, u16)
FASTSAMPLERS_LEVEL(FASTSAMPLERS_TARGET_AVX2, avx2, wide, u32)
FASTSAMPLERS_LEVEL(FASTSAMPLERS_TARGET_AVX512, avx512, wide, u32)

// The compiler's vectors go through memory after each round; these stay in registers, which is a
// quarter faster.
#define FASTSAMPLERS_AVX512 FASTSAMPLERS_TARGET_AVX512 FASTSAMPLERS_INLINE

constexpr std::size_t kGroups = 4;
constexpr std::size_t kGroupLanes = 32;
static_assert(kFeistelLanes % (kGroups * kGroupLanes) == 0);

FASTSAMPLERS_AVX512 __m512i broadcast(u16 word) {
  return _mm512_set1_epi16(static_cast<i16>(word));
}

FASTSAMPLERS_AVX512 __m512i spread(__m512i half, const FeistelRound<u16>& round) {
  const __m512i hash = _mm512_mullo_epi16(half, broadcast(round.multiplier));
  constexpr int kXorOfThree = 0x96;
  const __m512i mixed = _mm512_ternarylogic_epi32(hash, _mm512_srli_epi16(hash, 7),
                                                  broadcast(round.mask), kXorOfThree);
  return _mm512_mullo_epi16(mixed, broadcast(round.mixer));
}

struct Lanes {
  __m512i left[kGroups];
  __m512i right[kGroups];
};

FASTSAMPLERS_TARGET_AVX512 void forward_narrow_avx512(const FeistelNetwork<u16>& network,
                                                      std::size_t count, u16* left, u16* right) {
  const __m512i a = broadcast(network.left_size);
  const __m512i mask = broadcast(network.right_mask());
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(16 - network.right_bits));
  for (std::size_t k = 0; k < count; k += kGroups * kGroupLanes) {
    Lanes lanes;
    for (std::size_t g = 0; g < kGroups; ++g) {
      lanes.left[g] = _mm512_loadu_si512(left + k + g * kGroupLanes);
      lanes.right[g] = _mm512_loadu_si512(right + k + g * kGroupLanes);
    }
    for (std::size_t i = 0; i < network.rounds; i += 2) {
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = _mm512_mulhi_epu16(spread(lanes.right[g], network.round[i]), a);
        const __m512i sum = _mm512_add_epi16(lanes.left[g], image);
        lanes.left[g] = _mm512_min_epu16(sum, _mm512_sub_epi16(sum, a));
      }
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = _mm512_srl_epi16(spread(lanes.left[g], network.round[i + 1]), shift);
        lanes.right[g] = _mm512_and_si512(_mm512_add_epi16(lanes.right[g], image), mask);
      }
    }
    for (std::size_t g = 0; g < kGroups; ++g) {
      _mm512_storeu_si512(left + k + g * kGroupLanes, lanes.left[g]);
      _mm512_storeu_si512(right + k + g * kGroupLanes, lanes.right[g]);
    }
  }
}

FASTSAMPLERS_TARGET_AVX512 void backward_narrow_avx512(const FeistelNetwork<u16>& network,
                                                       std::size_t count, u16* left, u16* right) {
  const __m512i a = broadcast(network.left_size);
  const __m512i mask = broadcast(network.right_mask());
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(16 - network.right_bits));
  for (std::size_t k = 0; k < count; k += kGroups * kGroupLanes) {
    Lanes lanes;
    for (std::size_t g = 0; g < kGroups; ++g) {
      lanes.left[g] = _mm512_loadu_si512(left + k + g * kGroupLanes);
      lanes.right[g] = _mm512_loadu_si512(right + k + g * kGroupLanes);
    }
    for (std::size_t i = network.rounds; i > 0; i -= 2) {
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = _mm512_srl_epi16(spread(lanes.left[g], network.round[i - 1]), shift);
        lanes.right[g] = _mm512_and_si512(_mm512_sub_epi16(lanes.right[g], image), mask);
      }
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = _mm512_mulhi_epu16(spread(lanes.right[g], network.round[i - 2]), a);
        const __m512i difference = _mm512_sub_epi16(lanes.left[g], image);
        lanes.left[g] = _mm512_min_epu16(difference, _mm512_add_epi16(difference, a));
      }
    }
    for (std::size_t g = 0; g < kGroups; ++g) {
      _mm512_storeu_si512(left + k + g * kGroupLanes, lanes.left[g]);
      _mm512_storeu_si512(right + k + g * kGroupLanes, lanes.right[g]);
    }
  }
}
#elif FASTSAMPLERS_NEON
FASTSAMPLERS_LEVEL(, neon, narrow, u16)
FASTSAMPLERS_LEVEL(, neon, wide, u32)
#endif

}  // namespace

const Variants<FeistelFunction<u16>> FeistelKernels<u16>::forward{"Feistel rounds",
                                                                  FASTSAMPLERS_ROW(forward_narrow)};
const Variants<FeistelFunction<u16>> FeistelKernels<u16>::backward{
    "Feistel rounds backwards", FASTSAMPLERS_ROW(backward_narrow)};
const Variants<FeistelFunction<u32>> FeistelKernels<u32>::forward{"Feistel rounds, wide",
                                                                  FASTSAMPLERS_ROW(forward_wide)};
const Variants<FeistelFunction<u32>> FeistelKernels<u32>::backward{"Feistel rounds backwards, wide",
                                                                   FASTSAMPLERS_ROW(backward_wide)};

}  // namespace fastsamplers::order
