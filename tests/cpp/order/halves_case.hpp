// The sizes at which the halves of indices are tried, and arrays that show what is written around
// them.
#pragma once

#include <limits>
#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::test {

inline constexpr std::size_t kHalvesGuards = 64;

template <class Word>
inline constexpr u32 kBits = sizeof(Word) * 8;
// All indices lie below it.
template <class Word>
inline constexpr u64 kLimit = u64{1} << (2 * kBits<Word> - (sizeof(Word) == 2 ? 1 : 2));
template <class Word>
inline constexpr u64 kMostLeft = u64{1} << (kBits<Word> - 1);

inline std::vector<std::size_t> counts() {
  std::vector<std::size_t> all = {127, 128, 129, 511, 512, 513, 1000};
  for (std::size_t count = 0; count <= 70; ++count) all.push_back(count);
  return all;
}

// Between guards, from a place that is aligned to an element and to nothing wider.
template <class Value>
struct Guarded {
  Guarded(std::size_t skew, std::size_t count)
      : begin(kHalvesGuards + skew % 8), memory(begin + count + kHalvesGuards, kGuard) {}

  Value* data() { return memory.data() + begin; }
  std::vector<Value> around(const std::vector<Value>& values) const {
    std::vector<Value> all(begin, kGuard);
    all.insert(all.end(), values.begin(), values.end());
    all.resize(all.size() + kHalvesGuards, kGuard);
    return all;
  }

  static constexpr Value kGuard = std::numeric_limits<Value>::max() / 3;
  std::size_t begin;
  std::vector<Value> memory;
};

template <class Word>
struct Halves {
  std::vector<Word> left;
  std::vector<Word> right;
};

template <class Word>
std::vector<u32> right_bits() {
  if (sizeof(Word) == 2) return {1, 6, 7, 8, 12, 15, 16};
  return {1, 15, 16, 17, 24, 30, 31};
}

template <class Word>
std::vector<u64> left_sizes() {
  std::vector<u64> sizes = {1, 2, 3, 5, 7, 33, 64, 100, 127, 255, 257, 10007, 32767, 32768};
  if (sizeof(Word) == 4) {
    constexpr u64 k31 = u64{1} << 31;
    sizes.insert(sizes.end(), {32769, 65535, 65537, 1000003, k31 / 3, k31 / 2 + 1, 1518500249,
                               k31 - 3, k31 - 1, k31});
  }
  return sizes;
}

}  // namespace fastsamplers::test
