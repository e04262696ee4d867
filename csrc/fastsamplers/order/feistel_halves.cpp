#include "fastsamplers/order/feistel_halves.hpp"

#include <algorithm>
#include <type_traits>

namespace fastsamplers::order {
namespace {

// Wide enough for the product of two words, and signed: all indices are below half its range.
template <class Word>
using Index = std::conditional_t<sizeof(Word) == 2, i32, i64>;
template <class Word>
using UnsignedIndex = std::make_unsigned_t<Index<Word>>;

template <class Word>
FASTSAMPLERS_INLINE void cut_range_body(u64 first, u64 step, u32 m, std::size_t count, Word* left,
                                        Word* right) {
  using Unsigned = UnsignedIndex<Word>;
  const auto mask = static_cast<Unsigned>((u64{1} << m) - 1);
  const auto start = static_cast<Unsigned>(first);
  const auto distance = static_cast<Unsigned>(step);
  const auto end = static_cast<Unsigned>(count);
  FASTSAMPLERS_INDEPENDENT
  for (Unsigned k = 0; k < end; ++k) {
    const Unsigned place = start + k * distance;
    left[k] = static_cast<Word>(place >> m);
    right[k] = static_cast<Word>(place & mask);
  }
}

template <class Word>
FASTSAMPLERS_INLINE void cut_places_body(const i64* places, u32 m, std::size_t count, Word* left,
                                         Word* right) {
  using Unsigned = UnsignedIndex<Word>;
  const auto mask = static_cast<Unsigned>((u64{1} << m) - 1);
  FASTSAMPLERS_INDEPENDENT
  for (std::size_t k = 0; k < count; ++k) {
    const auto place = static_cast<Unsigned>(places[k]);
    left[k] = static_cast<Word>(place >> m);
    right[k] = static_cast<Word>(place & mask);
  }
}

// By a double multiplication and one correction: for quotients up to 2^31 the error of the product
// is below 2^-20, so that its whole part is at most one off.
template <class Word>
FASTSAMPLERS_INLINE void cut_values_body(const i64* values, Word a, std::size_t count, Word* left,
                                         Word* right) {
  using Signed = Index<Word>;
  using Unsigned = UnsignedIndex<Word>;
  constexpr u32 kSign = sizeof(Signed) * 8 - 1;
  const double reciprocal = 1.0 / a;
  const auto size = static_cast<Signed>(a);
  FASTSAMPLERS_INDEPENDENT
  for (std::size_t k = 0; k < count; ++k) {
    const auto value = static_cast<Signed>(values[k]);
    const auto quotient = static_cast<Signed>(static_cast<double>(value) * reciprocal);
    // Unsigned: the product may lie above the greatest value.
    const auto rest = static_cast<Signed>(static_cast<Unsigned>(value) -
                                          static_cast<Unsigned>(quotient) * Unsigned{a});
    const Signed below = rest >> kSign;               // -1 where the quotient is one too large
    const Signed above = (size - 1 - rest) >> kSign;  // -1 where it is one too small
    left[k] = static_cast<Word>(rest + (size & below) - (size & above));
    right[k] = static_cast<Word>(quotient + below - above);
  }
}

template <class Word>
FASTSAMPLERS_INLINE i64 join_values_body(const Word* left, const Word* right, Word a,
                                         std::size_t count, i64* values) {
  Index<Word> most = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const auto value =
        static_cast<Index<Word>>(UnsignedIndex<Word>{right[k]} * UnsignedIndex<Word>{a} + left[k]);
    values[k] = value;
    most = std::max(most, value);
  }
  return most;
}

template <class Word>
FASTSAMPLERS_INLINE i64 join_places_body(const Word* left, const Word* right, u32 m,
                                         std::size_t count, i64* places) {
  Index<Word> most = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const auto place = static_cast<Index<Word>>((UnsignedIndex<Word>{left[k]} << m) + right[k]);
    places[k] = place;
    most = std::max(most, place);
  }
  return most;
}

// One function for each level and word, of the same body.
// NOLINTBEGIN(bugprone-macro-parentheses): an attribute cannot stand in parentheses.
#define FASTSAMPLERS_LEVEL_OF(target, level, width, Word)                                \
  target void cut_range_##width##_##level(u64 first, u64 step, u32 m, std::size_t count, \
                                          Word* left, Word* right) {                     \
    cut_range_body(first, step, m, count, left, right);                                  \
  }                                                                                      \
  target void cut_places_##width##_##level(const i64* places, u32 m, std::size_t count,  \
                                           Word* left, Word* right) {                    \
    cut_places_body(places, m, count, left, right);                                      \
  }                                                                                      \
  target void cut_values_##width##_##level(const i64* values, Word a, std::size_t count, \
                                           Word* left, Word* right) {                    \
    cut_values_body(values, a, count, left, right);                                      \
  }                                                                                      \
  target i64 join_values_##width##_##level(const Word* left, const Word* right, Word a,  \
                                           std::size_t count, i64* values) {             \
    return join_values_body(left, right, a, count, values);                              \
  }                                                                                      \
  target i64 join_places_##width##_##level(const Word* left, const Word* right, u32 m,   \
                                           std::size_t count, i64* places) {             \
    return join_places_body(left, right, m, count, places);                              \
  }
#define FASTSAMPLERS_LEVEL(target, level)           \
  FASTSAMPLERS_LEVEL_OF(target, level, narrow, u16) \
  FASTSAMPLERS_LEVEL_OF(target, level, wide, u32)
// NOLINTEND(bugprone-macro-parentheses)

FASTSAMPLERS_EACH_LEVEL(FASTSAMPLERS_LEVEL)

}  // namespace

template <>
const Variants<HalvesKernels<u16>::CutRange> HalvesKernels<u16>::cut_range{
    "halves of a range", FASTSAMPLERS_ROW(cut_range_narrow)};
template <>
const Variants<HalvesKernels<u32>::CutRange> HalvesKernels<u32>::cut_range{
    "halves of a range, wide", FASTSAMPLERS_ROW(cut_range_wide)};
template <>
const Variants<HalvesKernels<u16>::CutPlaces> HalvesKernels<u16>::cut_places{
    "halves of places", FASTSAMPLERS_ROW(cut_places_narrow)};
template <>
const Variants<HalvesKernels<u32>::CutPlaces> HalvesKernels<u32>::cut_places{
    "halves of places, wide", FASTSAMPLERS_ROW(cut_places_wide)};
template <>
const Variants<HalvesKernels<u16>::CutValues> HalvesKernels<u16>::cut_values{
    "halves of values", FASTSAMPLERS_ROW(cut_values_narrow)};
template <>
const Variants<HalvesKernels<u32>::CutValues> HalvesKernels<u32>::cut_values{
    "halves of values, wide", FASTSAMPLERS_ROW(cut_values_wide)};
template <>
const Variants<HalvesKernels<u16>::JoinValues> HalvesKernels<u16>::join_values{
    "values of halves", FASTSAMPLERS_ROW(join_values_narrow)};
template <>
const Variants<HalvesKernels<u32>::JoinValues> HalvesKernels<u32>::join_values{
    "values of halves, wide", FASTSAMPLERS_ROW(join_values_wide)};
template <>
const Variants<HalvesKernels<u16>::JoinPlaces> HalvesKernels<u16>::join_places{
    "places of halves", FASTSAMPLERS_ROW(join_places_narrow)};
template <>
const Variants<HalvesKernels<u32>::JoinPlaces> HalvesKernels<u32>::join_places{
    "places of halves, wide", FASTSAMPLERS_ROW(join_places_wide)};

}  // namespace fastsamplers::order
