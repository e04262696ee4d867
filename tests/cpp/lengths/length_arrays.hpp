// Lengths of every integer type that span what a test wants, laid out at any distance, and their
// order by the plain definition.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <type_traits>
#include <vector>

#include "fastsamplers/base/integer_array.hpp"
#include "fastsamplers/lengths/length_survey.hpp"

namespace fastsamplers::test {

using Random = std::mt19937_64;

template <class T>
constexpr IntegerArray::Type type_of() {
  using Type = IntegerArray::Type;
  if constexpr (std::is_same_v<T, i8>) return Type::i8;
  if constexpr (std::is_same_v<T, i16>) return Type::i16;
  if constexpr (std::is_same_v<T, i32>) return Type::i32;
  if constexpr (std::is_same_v<T, i64>) return Type::i64;
  if constexpr (std::is_same_v<T, u8>) return Type::u8;
  if constexpr (std::is_same_v<T, u16>) return Type::u16;
  if constexpr (std::is_same_v<T, u32>) return Type::u32;
  if constexpr (std::is_same_v<T, u64>) return Type::u64;
}

// Elements so many sizes and bytes apart, the first of them so many bytes off its alignment.
struct Layout {
  i64 elements = 1;
  i64 bytes = 0;
  std::size_t shift = 0;
};

inline constexpr std::array<Layout, 7> kLayouts = {
    Layout{1, 0, 0}, Layout{1, 0, 1},   Layout{2, 0, 0}, Layout{-1, 0, 0},
    Layout{1, 1, 0}, Layout{-1, -3, 1}, Layout{3, -1, 1}};

// Values in memory of their own, which ends with the last of them.
template <class T>
class LaidOut {
 public:
  explicit LaidOut(const std::vector<T>& values, Layout layout = {})
      : stride_(layout.elements * static_cast<i64>(sizeof(T)) + layout.bytes) {
    const i64 span = std::max<i64>(0, static_cast<i64>(values.size()) - 1) * std::abs(stride_);
    memory_.resize(static_cast<std::size_t>(span) + layout.shift + sizeof(T));
    first_ = memory_.data() + layout.shift + (stride_ < 0 ? span : 0);
    for (std::size_t place = 0; place < values.size(); ++place) set(place, values[place]);
    array_.data = first_;
    array_.size = values.size();
    array_.stride = stride_;
    array_.type = type_of<T>();
  }
  LaidOut(const LaidOut&) = delete;
  LaidOut& operator=(const LaidOut&) = delete;

  const IntegerArray& array() const { return array_; }
  void set(std::size_t place, T value) {
    std::memcpy(first_ + static_cast<i64>(place) * stride_, &value, sizeof(T));
  }
  lengths::LengthSurvey survey() const {
    lengths::LengthSurveyor surveyor(array_);
    while (!surveyor.advance(~u64{0})) {
    }
    return surveyor.survey();
  }

 private:
  i64 stride_;
  std::vector<char> memory_;
  char* first_;
  IntegerArray array_;
};

// Ranges at which a table, a digit, a type or a way of sorting ends.
inline constexpr std::array<u64, 24> kRanges = {0,
                                                1,
                                                6,
                                                127,
                                                128,
                                                254,
                                                255,
                                                256,
                                                257,
                                                65534,
                                                65535,
                                                65536,
                                                65537,
                                                (1 << 24) - 1,
                                                1 << 24,
                                                (u64{1} << 31) + 5,
                                                (u64{1} << 32) - 2,
                                                (u64{1} << 32) - 1,
                                                u64{1} << 32,
                                                (u64{1} << 32) + 1,
                                                u64{1} << 40,
                                                (u64{1} << 56) + 3,
                                                u64{1} << 63,
                                                ~u64{0}};

// Those of them that a type can span.
template <class T>
std::vector<u64> ranges_of() {
  const u64 most = static_cast<u64>(std::numeric_limits<T>::max()) -
                   static_cast<u64>(std::numeric_limits<T>::min());
  std::vector<u64> ranges;
  for (const u64 range : kRanges) {
    if (range <= most) ranges.push_back(range);
  }
  if (ranges.back() != most) ranges.push_back(most);
  return ranges;
}

enum class Spread : u8 { any, few, rising, falling };
inline constexpr std::array<Spread, 4> kSpreads = {Spread::any, Spread::few, Spread::rising,
                                                   Spread::falling};

// `count` values that span exactly `range`, where there are two of them, from the type's least, up
// to its greatest, or, where both are possible, on both sides of 0.
template <class T>
std::vector<T> spanning(Random& random, std::size_t count, u64 range, Spread spread) {
  const auto least = static_cast<u64>(std::numeric_limits<T>::min());
  const auto greatest = static_cast<u64>(std::numeric_limits<T>::max());
  const u64 room = greatest - least - range;
  const std::array<u64, 3> bases = {least, greatest - range,
                                    least + std::min(room, (0 - least) - range / 2)};
  const u64 base = bases[random() % 3];
  std::vector<u64> keys(count);
  for (u64& key : keys) {
    key = range == ~u64{0} ? random() : random() % (range + 1);
    if (spread == Spread::few) key = range / 3 * (random() % 4);
  }
  if (count > 1) {
    keys[random() % (count / 2)] = range;
    keys[count / 2 + random() % (count - count / 2)] = 0;
  }
  if (spread == Spread::rising) std::sort(keys.begin(), keys.end());
  if (spread == Spread::falling) std::sort(keys.begin(), keys.end(), std::greater<>());
  std::vector<T> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = static_cast<T>(base + keys[k]);
  return values;
}

// Equal values keep the order they come in.
template <class T, class Index>
void sort_by_value(const std::vector<T>& values, std::vector<Index>& indices, bool descending) {
  std::stable_sort(indices.begin(), indices.end(), [&](Index a, Index b) {
    const T left = values[static_cast<std::size_t>(a)];
    const T right = values[static_cast<std::size_t>(b)];
    return descending ? left > right : left < right;
  });
}

template <class T>
std::vector<u32> plain_argsort(const std::vector<T>& values, bool descending) {
  std::vector<u32> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  sort_by_value(values, order, descending);
  return order;
}

}  // namespace fastsamplers::test
