#include "fastsamplers/lengths/length_keys.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "lengths/length_arrays.hpp"
#include "oracle.hpp"

namespace fastsamplers::lengths {
namespace {

using test::LaidOut;
using test::Random;

// Neither is a key of any rule below.
constexpr u64 kUntouched = 0xabcdabcdabcd0123;

// The rule of values[place - 1] .. values[place + 1], so that many values lie outside it.
template <class T>
KeyRule narrow_rule(const std::vector<T>& values, std::size_t place, bool descending) {
  const auto [least, greatest] = std::minmax({values[place - 1], values[place], values[place + 1]});
  return {static_cast<u64>(descending ? greatest : least),
          static_cast<u64>(greatest) - static_cast<u64>(least), descending};
}

// Outside the rule's range the last key, inside the distance.
template <class T>
u64 plain_key(T value, const KeyRule& rule) {
  const T base = static_cast<T>(rule.base);
  const bool is_before = rule.descending ? value > base : value < base;
  const u64 distance = rule.descending ? static_cast<u64>(base) - static_cast<u64>(value)
                                       : static_cast<u64>(value) - static_cast<u64>(base);
  return is_before || distance > rule.range ? rule.range : distance;
}

template <class Key, class T>
void check_keys(const std::vector<T>& values, const IntegerArray& array, const KeyRule& rule,
                Random& random) {
  std::vector<Key> expected;
  for (const T value : values) expected.push_back(static_cast<Key>(plain_key(value, rule)));
  const std::size_t first = random() % values.size();
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, values.size() - first}) {
    std::vector<Key> keys(count + 1, static_cast<Key>(kUntouched));
    read_keys<Key>(array, rule, first, {keys.data(), count});
    std::vector<Key> wanted(expected.begin() + static_cast<std::ptrdiff_t>(first),
                            expected.begin() + static_cast<std::ptrdiff_t>(first + count));
    wanted.push_back(static_cast<Key>(kUntouched));
    REQUIRE(test::first_difference(keys, wanted) == test::kSame);
  }
  // Around the number of loads that are asked for ahead.
  for (const std::size_t count : {0, 1, 47, 48, 49, 500}) {
    std::vector<u32> indices;
    std::vector<Key> wanted;
    for (std::size_t k = 0; k < count; ++k) {
      indices.push_back(static_cast<u32>(random() % values.size()));
      wanted.push_back(expected[indices.back()]);
    }
    wanted.push_back(static_cast<Key>(kUntouched));
    std::vector<Key> keys(count + 1, static_cast<Key>(kUntouched));
    gather_keys<Key>(array, rule, indices, keys.data());
    REQUIRE(test::first_difference(keys, wanted) == test::kSame);
  }
}

TEMPLATE_TEST_CASE("keys are distances, of every type at every distance", "[lengths][keys]", i8,
                   i16, i32, i64, u8, u16, u32, u64) {
  Random random(11);
  for (const u64 range : test::ranges_of<TestType>()) {
    for (const test::Layout& layout : test::kLayouts) {
      const std::vector<TestType> values =
          test::spanning<TestType>(random, 700, range, test::Spread::any);
      const LaidOut<TestType> laid_out(values, layout);
      for (const bool descending : {false, true}) {
        INFO("range " << range << ", " << layout.elements << " elements and " << layout.bytes
                      << " bytes apart, descending " << descending);
        const LengthSurvey survey = laid_out.survey();
        const KeyRule rule = descending ? survey.descending() : survey.ascending();
        REQUIRE(rule.range == range);
        check_keys<u64>(values, laid_out.array(), rule, random);
        if (range >> 32 == 0) check_keys<u32>(values, laid_out.array(), rule, random);
      }
    }
  }
}

// Of values that change after the survey: callers count keys in tables as long as the range.
TEMPLATE_TEST_CASE("a value outside the range gets its last key", "[lengths][keys]", i8, i16, i32,
                   i64, u8, u16, u32, u64) {
  Random random(12);
  for (const u64 range : test::ranges_of<TestType>()) {
    std::vector<TestType> values = test::spanning<TestType>(random, 300, range, test::Spread::any);
    values.front() = std::numeric_limits<TestType>::max();
    values.back() = std::numeric_limits<TestType>::min();
    const LaidOut<TestType> laid_out(values);
    for (const bool descending : {false, true}) {
      const KeyRule rule = narrow_rule(values, 100, descending);
      INFO("range " << rule.range << ", descending " << descending);
      check_keys<u64>(values, laid_out.array(), rule, random);
      if (rule.range >> 32 == 0) check_keys<u32>(values, laid_out.array(), rule, random);
    }
  }
}

TEST_CASE("a value is what its key stands for", "[lengths][keys]") {
  for (const i64 least : {i64{0}, i64{-5}, std::numeric_limits<i64>::min(), i64{1} << 40}) {
    for (const u64 range : {u64{0}, u64{3}, u64{1} << 33}) {
      const KeyRule up{static_cast<u64>(least), range, false};
      const KeyRule down{static_cast<u64>(least) + range, range, true};
      for (const u64 key : {u64{0}, range / 2, range}) {
        CHECK(up.value_of(key) == static_cast<u64>(least) + key);
        CHECK(down.value_of(key) == static_cast<u64>(least) + range - key);
        CHECK(up.key_of(up.value_of(key)) == key);
        CHECK(down.key_of(down.value_of(key)) == key);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::lengths
