// The joining of halves at every level, against multiplication.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "fastsamplers/order/feistel_halves.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/halves_case.hpp"

namespace fastsamplers::order {
namespace {

using test::counts;
using test::Guarded;
using test::Halves;
using test::kMostLeft;
using test::left_sizes;
using test::right_bits;

template <class Word>
Halves<Word> random_halves(u64 a, u64 b, std::size_t count, std::mt19937& random) {
  Halves<Word> halves;
  for (std::size_t k = 0; k < count; ++k) {
    halves.left.push_back(static_cast<Word>(random() % 4 == 0 ? a - 1 : random() % a));
    halves.right.push_back(static_cast<Word>(random() % 4 == 0 ? b - 1 : random() % b));
  }
  return halves;
}

// join(isa, out) gives these and returns the greatest of them.
template <class Join>
void check_join(const std::vector<i64>& expected, const Join& join) {
  const i64 greatest = expected.empty() ? 0 : *std::max_element(expected.begin(), expected.end());
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", count " << expected.size());
    Guarded<i64> out(expected.size() + 1, expected.size());
    REQUIRE(join(isa, out.data()) == greatest);
    REQUIRE(test::first_difference(out.memory, out.around(expected)) == test::kSame);
  }
}

template <class Word>
void check_joins(const Halves<Word>& halves, u64 a, u32 m) {
  const std::size_t count = halves.left.size();
  std::vector<i64> values;
  std::vector<i64> places;
  for (std::size_t k = 0; k < count; ++k) {
    values.push_back(static_cast<i64>(halves.right[k] * a + halves.left[k]));
    places.push_back(static_cast<i64>(halves.left[k] * (u64{1} << m) + halves.right[k]));
  }
  INFO("a " << a << ", m " << m);
  check_join(values, [&](Isa isa, i64* out) {
    return HalvesKernels<Word>::join_values.at(isa)(halves.left.data(), halves.right.data(),
                                                    static_cast<Word>(a), count, out);
  });
  check_join(places, [&](Isa isa, i64* out) {
    return HalvesKernels<Word>::join_places.at(isa)(halves.left.data(), halves.right.data(), m,
                                                    count, out);
  });
}

TEMPLATE_TEST_CASE("halves are joined, and the greatest is known", "[order][feistel]", u16, u32) {
  std::mt19937 random(504);
  for (const u64 a : left_sizes<TestType>()) {
    for (const u32 m : right_bits<TestType>()) {
      for (const std::size_t count : {0, 1, 7, 15, 16, 33, 64, 70, 128, 511, 512}) {
        check_joins(random_halves<TestType>(a, u64{1} << m, count, random), a, m);
      }
    }
  }
  for (const std::size_t count : counts()) {
    const auto halves = random_halves<TestType>(kMostLeft<TestType>, 128, count, random);
    check_joins(halves, kMostLeft<TestType>, 7);
  }
}

TEMPLATE_TEST_CASE("the greatest is found at every place", "[order][feistel]", u16, u32) {
  std::mt19937 random(505);
  constexpr u64 kSize = kMostLeft<TestType>;
  constexpr u32 kRight = sizeof(TestType) == 2 ? 16 : 31;
  for (const std::size_t count : {1, 9, 31, 64, 70}) {
    for (std::size_t place = 0; place < count; ++place) {
      auto halves = random_halves<TestType>(kSize / 2, u64{1} << (kRight - 1), count, random);
      halves.left[place] = static_cast<TestType>(kSize - 1);
      halves.right[place] = static_cast<TestType>((u64{1} << kRight) - 1);
      check_joins(halves, kSize, kRight);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
