#include "fastsamplers/order/feistel_rounds.hpp"

#include "fastsamplers/order/feistel_lanes_avx512.hpp"

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

FASTSAMPLERS_TARGET_AVX512 void forward_narrow_avx512(const FeistelNetwork<u16>& network,
                                                      std::size_t count, u16* left, u16* right) {
  const NarrowSizes sizes = sizes_of(network);
  for (std::size_t k = 0; k < count; k += NarrowLanes::kCount) {
    NarrowLanes lanes = load(left + k, right + k);
    run_forward(network, sizes, lanes);
    store(lanes, left + k, right + k);
  }
}

FASTSAMPLERS_TARGET_AVX512 void backward_narrow_avx512(const FeistelNetwork<u16>& network,
                                                       std::size_t count, u16* left, u16* right) {
  const NarrowSizes sizes = sizes_of(network);
  for (std::size_t k = 0; k < count; k += NarrowLanes::kCount) {
    NarrowLanes lanes = load(left + k, right + k);
    run_backward(network, sizes, lanes);
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
