// The cutting into halves at every level, against integer division.

#include "fastsamplers/order/feistel_halves.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/halves_case.hpp"

namespace fastsamplers::order {
namespace {

using test::counts;
using test::Guarded;
using test::Halves;
using test::kLimit;
using test::kMostLeft;
using test::left_sizes;
using test::right_bits;

// cut(isa, left, right) gives these at every level, and nothing around them.
template <class Word, class Cut>
void check_cut(const Halves<Word>& expected, const Cut& cut) {
  const std::size_t count = expected.left.size();
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", count " << count);
    Guarded<Word> left(3 * count + 1, count);
    Guarded<Word> right(5 * count + 2, count);
    cut(isa, left.data(), right.data());
    REQUIRE(test::first_difference(left.memory, left.around(expected.left)) == test::kSame);
    REQUIRE(test::first_difference(right.memory, right.around(expected.right)) == test::kSame);
  }
}

template <class Word>
Halves<Word> halves_of_places(const std::vector<i64>& places, u32 m) {
  const i64 b = i64{1} << m;
  Halves<Word> halves;
  for (const i64 place : places) {
    halves.left.push_back(static_cast<Word>(place / b));
    halves.right.push_back(static_cast<Word>(place % b));
  }
  return halves;
}

// Places whose left halves are below the greatest a.
template <class Word>
u64 limit_of(u32 m) {
  return std::min(kLimit<Word>, kMostLeft<Word> << m);
}

// first + k * step, for a step of either sign.
template <class Word>
void check_range(u64 first, u64 step, u32 m, std::size_t count) {
  std::vector<i64> places;
  for (std::size_t k = 0; k < count; ++k) places.push_back(static_cast<i64>(first + k * step));
  INFO("first " << first << ", step " << static_cast<i64>(step) << ", m " << m);
  check_cut(halves_of_places<Word>(places, m), [&](Isa isa, Word* left, Word* right) {
    HalvesKernels<Word>::cut_range.at(isa)(first, step, m, count, left, right);
  });
}

TEMPLATE_TEST_CASE("ranges are cut by their places", "[order][feistel]", u16, u32) {
  std::mt19937 random(501);
  for (const u32 m : right_bits<TestType>()) {
    const u64 last = limit_of<TestType>(m) - 1;
    for (const std::size_t count : counts()) {
      const u64 most = last / std::max<u64>(1, count - 1);  // the longest step there is room for
      for (const u64 step : {u64{0}, u64{1}, u64{3}, test::two_words(random) % (most + 1), most}) {
        if (count > 1 && step > most) continue;
        const u64 distance = count < 2 ? 0 : (count - 1) * step;
        const u64 first = test::two_words(random) % (last - distance + 1);
        check_range<TestType>(first, step, m, count);
        check_range<TestType>(first + distance, u64{0} - step, m, count);
        check_range<TestType>(0, step, m, count);
        check_range<TestType>(last, u64{0} - step, m, count);
      }
    }
  }
}

TEMPLATE_TEST_CASE("a range of one place has any step", "[order][feistel]", u16, u32) {
  for (const u64 step : {kLimit<TestType>, u64{1} << 32, u64{1} << 63, ~u64{0}, (u64{1} << 63) - 1,
                         u64{0x123456789abcdef0}}) {
    for (const u64 first : {u64{0}, u64{77}, limit_of<TestType>(7) - 1}) {
      check_range<TestType>(first, step, 7, 1);
      check_range<TestType>(first, step, 7, 0);
    }
  }
}

TEMPLATE_TEST_CASE("given places are cut one by one", "[order][feistel]", u16, u32) {
  std::mt19937 random(502);
  for (const u32 m : right_bits<TestType>()) {
    const u64 limit = limit_of<TestType>(m);
    const u64 edges[] = {0,         1, (u64{1} << m) - 1, u64{1} << m, limit - 1, limit / 2 - 1,
                         limit / 2, 5};
    for (const std::size_t count : counts()) {
      std::vector<i64> places;
      for (std::size_t k = 0; k < count; ++k) {
        const u64 any = test::two_words(random);
        places.push_back(static_cast<i64>(k % 3 == 0 ? edges[any % 8] % limit : any % limit));
      }
      INFO("m " << m);
      check_cut(halves_of_places<TestType>(places, m),
                [&](Isa isa, TestType* left, TestType* right) {
                  HalvesKernels<TestType>::cut_places.at(isa)(places.data(), m, count, left, right);
                });
    }
  }
}

// Most lie next to a multiple of a, where the quotient of doubles may be one off.
template <class Word>
std::vector<i64> values_near_multiples(u64 a, std::size_t count, std::mt19937& random) {
  // Right halves are below 2^16, or 2^31.
  const u64 quotients = std::min(kLimit<Word> / a, u64{1} << (sizeof(Word) == 2 ? 16 : 31));
  const u64 limit = quotients * a;
  std::vector<i64> values;
  for (std::size_t k = 0; k < count; ++k) {
    const u64 any = test::two_words(random);
    // A third of the quotients are the greatest ones, or next to a power of two.
    u64 quotient = any % quotients;
    if (k % 6 == 0) quotient = quotients - 1 - any % std::min<u64>(8, quotients);
    if (k % 6 == 1) quotient = ((u64{1} << any % 32) - any / 32 % 2) % quotients;
    const u64 offset = k % 4 == 0 ? any / 64 % a : (a + k % 4 - 2) % a;
    values.push_back(static_cast<i64>((quotient * a + offset) % limit));
  }
  return values;
}

template <class Word>
void check_values(u64 a, const std::vector<i64>& values) {
  Halves<Word> expected;
  for (const i64 value : values) {
    expected.left.push_back(static_cast<Word>(value % static_cast<i64>(a)));
    expected.right.push_back(static_cast<Word>(value / static_cast<i64>(a)));
  }
  INFO("a " << a);
  check_cut(expected, [&](Isa isa, Word* left, Word* right) {
    HalvesKernels<Word>::cut_values.at(isa)(values.data(), static_cast<Word>(a), values.size(),
                                            left, right);
  });
}

TEMPLATE_TEST_CASE("values are divided exactly", "[order][feistel]", u16, u32) {
  std::mt19937 random(503);
  for (const u64 a : left_sizes<TestType>()) {
    for (const std::size_t count : counts()) {
      check_values<TestType>(a, values_near_multiples<TestType>(a, count, random));
    }
    check_values<TestType>(a, values_near_multiples<TestType>(a, 20000, random));
  }
  // Those that a shuffle has, any at all.
  for (int k = 0; k < 2000; ++k) {
    const u64 a = kMostLeft<TestType> - random() % (kMostLeft<TestType> / 2);
    check_values<TestType>(a, values_near_multiples<TestType>(a, 200, random));
  }
}

TEMPLATE_TEST_CASE("halves of one index are those of many", "[order][feistel]", u16, u32) {
  std::mt19937 random(506);
  FeistelNetwork<TestType> network;
  for (const u64 a : left_sizes<TestType>()) {
    network.left_size = static_cast<TestType>(a);
    for (const u32 m : right_bits<TestType>()) {
      network.right_bits = m;
      const u64 b = u64{1} << m;
      for (int k = 0; k < 20; ++k) {
        const u64 index = test::two_words(random) % (a * b);
        const Pair<TestType> place = pair_of_place(index, network);
        REQUIRE(place.left == index / b);
        REQUIRE(place.right == index % b);
        REQUIRE(place_of_pair(place, network) == index);
        const Pair<TestType> value = pair_of_value(index, network);
        REQUIRE(value.left == index % a);
        REQUIRE(value.right == index / a);
        REQUIRE(value_of_pair(value, network) == index);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
