#include "fastsamplers/order/feistel_rounds.hpp"

#include "fastsamplers/base/intrinsics.hpp"

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
#define FASTSAMPLERS_LEVEL_OF(target, level, width, Word)                                        \
  target void forward_##width##_##level(const FeistelNetwork<Word>& network, std::size_t count,  \
                                        Word* left, Word* right) {                               \
    forward_body(network, count, left, right);                                                   \
  }                                                                                              \
  target void backward_##width##_##level(const FeistelNetwork<Word>& network, std::size_t count, \
                                         Word* left, Word* right) {                              \
    backward_body(network, count, left, right);                                                  \
  }
#define FASTSAMPLERS_LEVEL(target, level) FASTSAMPLERS_LEVEL_OF(target, level, wide, u32)
// NOLINTEND(bugprone-macro-parentheses)

FASTSAMPLERS_EACH_LEVEL(FASTSAMPLERS_LEVEL)

FASTSAMPLERS_LEVEL_OF(, scalar, narrow, u16)
#if FASTSAMPLERS_X86
FASTSAMPLERS_LEVEL_OF(FASTSAMPLERS_TARGET_AVX2, avx2, narrow, u16)

// The compiler's vectors go through memory after each round; these stay in registers, which is a
// quarter faster.
constexpr std::size_t kGroups = 4;
constexpr std::size_t kGroupLanes = 32;
static_assert(kFeistelLanes % (kGroups * kGroupLanes) == 0);

struct Lanes {
  __m512i left[kGroups];
  __m512i right[kGroups];
};

FASTSAMPLERS_AVX512 Lanes load(const u16* left, const u16* right) {
  Lanes lanes;
  for (std::size_t g = 0; g < kGroups; ++g) {
    lanes.left[g] = _mm512_loadu_si512(left + g * kGroupLanes);
    lanes.right[g] = _mm512_loadu_si512(right + g * kGroupLanes);
  }
  return lanes;
}

FASTSAMPLERS_AVX512 void store(const Lanes& lanes, u16* left, u16* right) {
  for (std::size_t g = 0; g < kGroups; ++g) {
    _mm512_storeu_si512(left + g * kGroupLanes, lanes.left[g]);
    _mm512_storeu_si512(right + g * kGroupLanes, lanes.right[g]);
  }
}

FASTSAMPLERS_AVX512 __m512i broadcast(u16 word) {
  return _mm512_set1_epi16(static_cast<i16>(word));
}

FASTSAMPLERS_AVX512 __m512i spread(__m512i half, const FeistelRound<u16>& round) {
  constexpr int kXorOfThree = 0x96;
  const __m512i hash = _mm512_mullo_epi16(half, broadcast(round.multiplier));
  const __m512i mixed = _mm512_ternarylogic_epi32(hash, _mm512_srli_epi16(hash, 7),
                                                  broadcast(round.mask), kXorOfThree);
  return _mm512_mullo_epi16(mixed, broadcast(round.mixer));
}

// A network's sizes, in all lanes.
struct Sizes {
  __m512i a;
  __m512i mask;
  __m128i shift;
};

FASTSAMPLERS_AVX512 Sizes sizes_of(const FeistelNetwork<u16>& network) {
  return {broadcast(network.left_size), broadcast(network.right_mask()),
          _mm_cvtsi32_si128(static_cast<int>(16 - network.right_bits))};
}

FASTSAMPLERS_AVX512 __m512i left_image(__m512i right, const FeistelRound<u16>& round,
                                       const Sizes& sizes) {
  return _mm512_mulhi_epu16(spread(right, round), sizes.a);
}

FASTSAMPLERS_AVX512 __m512i right_image(__m512i left, const FeistelRound<u16>& round,
                                        const Sizes& sizes) {
  return _mm512_srl_epi16(spread(left, round), sizes.shift);
}

FASTSAMPLERS_TARGET_AVX512 void forward_narrow_avx512(const FeistelNetwork<u16>& network,
                                                      std::size_t count, u16* left, u16* right) {
  const Sizes sizes = sizes_of(network);
  for (std::size_t k = 0; k < count; k += kGroups * kGroupLanes) {
    Lanes lanes = load(left + k, right + k);
    for (std::size_t i = 0; i < network.rounds; i += 2) {
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = left_image(lanes.right[g], network.round[i], sizes);
        const __m512i sum = _mm512_add_epi16(lanes.left[g], image);
        lanes.left[g] = _mm512_min_epu16(sum, _mm512_sub_epi16(sum, sizes.a));
      }
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = right_image(lanes.left[g], network.round[i + 1], sizes);
        lanes.right[g] = _mm512_and_si512(_mm512_add_epi16(lanes.right[g], image), sizes.mask);
      }
    }
    store(lanes, left + k, right + k);
  }
}

FASTSAMPLERS_TARGET_AVX512 void backward_narrow_avx512(const FeistelNetwork<u16>& network,
                                                       std::size_t count, u16* left, u16* right) {
  const Sizes sizes = sizes_of(network);
  for (std::size_t k = 0; k < count; k += kGroups * kGroupLanes) {
    Lanes lanes = load(left + k, right + k);
    for (std::size_t i = network.rounds; i > 0; i -= 2) {
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = right_image(lanes.left[g], network.round[i - 1], sizes);
        lanes.right[g] = _mm512_and_si512(_mm512_sub_epi16(lanes.right[g], image), sizes.mask);
      }
      for (std::size_t g = 0; g < kGroups; ++g) {
        const __m512i image = left_image(lanes.right[g], network.round[i - 2], sizes);
        const __m512i difference = _mm512_sub_epi16(lanes.left[g], image);
        lanes.left[g] = _mm512_min_epu16(difference, _mm512_add_epi16(difference, sizes.a));
      }
    }
    store(lanes, left + k, right + k);
  }
}
#elif FASTSAMPLERS_NEON
FASTSAMPLERS_LEVEL_OF(, neon, narrow, u16)
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
