// The bytes of a fuzzer as arguments: each question takes bytes from the front, and is answered
// with zeros when there are none left.
#pragma once

#include <algorithm>
#include <cstring>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::fuzz {

class Input {
 public:
  Input(const u8* data, std::size_t size) : bytes_(data, size) {}

  bool is_empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }

  template <class T>
  T take() {
    T value{};
    const std::size_t count = std::min(bytes_.size(), sizeof(T));
    if (count > 0) std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  bool flag() { return take<u8>() % 2 == 1; }
  // Of [0, range), range > 0, from as few bytes as that needs.
  u64 below(u64 range) {
    if (range <= u64{1} << 8) return take<u8>() % range;
    if (range <= u64{1} << 16) return take<u16>() % range;
    if (range <= u64{1} << 32) return take<u32>() % range;
    return take<u64>() % range;
  }
  u64 between(u64 least, u64 most) {
    return most - least == ~u64{0} ? take<u64>() : least + below(most - least + 1);
  }
  template <class Container>
  auto pick(const Container& choices) {
    return choices[static_cast<std::size_t>(below(choices.size()))];
  }
  // Any number, as likely small as large, and often next to a power of two.
  u64 number() {
    const u8 shape = take<u8>();
    const u32 bits = shape % 64;
    if (shape < 128) return (u64{1} << bits) + static_cast<u64>(i64{take<i8>()});
    return take<u64>() >> bits;
  }
  u64 number(u64 least, u64 most) {
    const u64 range = most - least;
    return range == ~u64{0} ? number() : least + number() % (range + 1);
  }
  // `count` words: of a generator for the most part, so that a short input has many, and then some
  // of them as the input says.
  template <class Word>
  std::vector<Word> words(std::size_t count) {
    std::mt19937_64 random(take<u16>());
    std::vector<Word> all(count);
    for (Word& word : all) word = static_cast<Word>(random());
    if (count == 0) return all;
    for (u64 edits = below(9); edits > 0; --edits) all[below(count)] = static_cast<Word>(number());
    return all;
  }
  std::span<const u8> rest() { return std::exchange(bytes_, {}); }

 private:
  std::span<const u8> bytes_;
};

}  // namespace fastsamplers::fuzz
