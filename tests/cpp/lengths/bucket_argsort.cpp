#include "fastsamplers/lengths/bucket_argsort.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "fastsamplers/base/memory.hpp"
#include "lengths/argsort_case.hpp"
#include "lengths/length_arrays.hpp"
#include "oracle.hpp"

namespace fastsamplers::lengths {
namespace {

using test::GuardedOrder;
using test::LaidOut;
using test::Random;
using test::Spread;

template <class Out>
void check_order(const IntegerArray& array, const LengthSurvey& survey, bool descending,
                 const std::vector<u32>& expected, u64 steps) {
  GuardedOrder<Out> order(array.size);
  BucketArgsort<Out> argsort(array, survey, descending, order.span());
  test::run_argsort(argsort, steps);
  REQUIRE(test::first_difference(order.span(), expected) == test::kSame);
  REQUIRE(order.is_guarded());
}

TEMPLATE_TEST_CASE("an argsort of every type, range, size and distance", "[lengths][argsort]", i8,
                   i16, i32, i64, u8, u16, u32, u64) {
  Random random(31);
  std::size_t round = 0;
  for (const std::size_t count : {0, 1, 2, 3, 47, 48, 49, 255, 256, 257, 4095, 4096, 4097, 9000}) {
    for (const u64 range : test::ranges_of<TestType>()) {
      const test::Layout layout = test::kLayouts[round++ % test::kLayouts.size()];
      const Spread spread = test::kSpreads[random() % test::kSpreads.size()];
      const std::vector<TestType> values = test::spanning<TestType>(random, count, range, spread);
      const LaidOut<TestType> laid_out(values, layout);
      const LengthSurvey survey = laid_out.survey();
      for (const bool descending : {false, true}) {
        INFO(count << " values of range " << range << ", " << layout.elements << " elements and "
                   << layout.bytes << " bytes apart, descending " << descending);
        const std::vector<u32> expected = test::plain_argsort(values, descending);
        check_order<u32>(laid_out.array(), survey, descending, expected, 1);
        check_order<i64>(laid_out.array(), survey, descending, expected, ~u64{0});
      }
    }
  }
}

// One digit after the other tells these apart, and no other.
TEST_CASE("each digit of a key counts, and the higher one more", "[lengths][argsort]") {
  Random random(32);
  for (u32 digit = 0; digit < 8; ++digit) {
    for (u32 other = 0; other < 8; ++other) {
      std::vector<u64> values(2000);
      for (u64& value : values) {
        value = (random() % 256) << (8 * digit) | (random() % 256) << (8 * other);
      }
      values[5] = 0;
      const LaidOut<u64> laid_out(values);
      INFO("digits " << digit << " and " << other);
      for (const bool descending : {false, true}) {
        check_order<u32>(laid_out.array(), laid_out.survey(), descending,
                         test::plain_argsort(values, descending), 1);
      }
    }
  }
}

TEST_CASE("values that nothing tells apart stay in order", "[lengths][argsort]") {
  for (const i64 value : {i64{0}, i64{-3}, std::numeric_limits<i64>::max()}) {
    const std::vector<i64> values(5000, value);
    const LaidOut<i64> laid_out(values);
    for (const bool descending : {false, true}) {
      check_order<i64>(laid_out.array(), laid_out.survey(), descending,
                       test::plain_argsort(values, false), 7);
    }
  }
}

TEST_CASE("arguments that make no argsort are refused by name", "[lengths][argsort]") {
  const std::vector<i32> values = {3, 1, 2};
  const LaidOut<i32> laid_out(values);
  const LengthSurvey survey = laid_out.survey();
  std::vector<u32> out(4);
  for (const std::size_t size : {0, 2, 4}) {
    CHECK_THROWS_MATCHES(
        BucketArgsort<u32>(laid_out.array(), survey, false, {out.data(), size}),
        std::invalid_argument,
        Catch::Message("out should be as long as the values, but got out=" + std::to_string(size)));
  }
  LengthSurvey half;
  half.count = 2;
  CHECK_THROWS_MATCHES(BucketArgsort<u32>(laid_out.array(), half, false, {out.data(), 3}),
                       std::invalid_argument,
                       Catch::Message("survey should be of all values, but got survey=2"));
  // Nothing is read: the values need not be there.
  IntegerArray many = laid_out.array();
  many.size = kMostSorted;
  LengthSurvey all = survey;
  all.count = kMostSorted;
  CHECK_THROWS_MATCHES(
      BucketArgsort<u32>(many, all, false, {out.data(), static_cast<std::size_t>(kMostSorted)}),
      std::invalid_argument,
      Catch::Message("values should be fewer than 2**32, but got values=4294967296"));
}

TEST_CASE("only values that span 2^16 or more need memory to be sorted", "[lengths][argsort]") {
  LengthSurvey survey;
  survey.count = u64{1} << 50;
  survey.greatest = 65535;
  CHECK_NOTHROW(require_argsort_memory(survey));
  survey.greatest = 65536;
  CHECK_THROWS_AS(require_argsort_memory(survey), MemoryLimitError);
  survey.least = 1;
  CHECK_NOTHROW(require_argsort_memory(survey));
  survey.greatest = u64{1} << 40;
  CHECK_THROWS_AS(require_argsort_memory(survey), MemoryLimitError);
  survey.count = 1000;
  CHECK_NOTHROW(require_argsort_memory(survey));
}

// Half as much again as 16 bytes a value fit, and half as much as 32 do not.
TEST_CASE("pairs take 16 bytes a value, and 32 from a span of 2^32 on", "[lengths][argsort]") {
  const u64 available = available_memory();
  if (available == ~u64{0}) return;  // the system does not say
  LengthSurvey survey;
  survey.count = available / 24;
  survey.greatest = 0xffffffff;
  CHECK_NOTHROW(require_argsort_memory(survey));
  survey.greatest = u64{1} << 32;
  CHECK_THROWS_AS(require_argsort_memory(survey), MemoryLimitError);
  survey.greatest = 0xffffffff;
  survey.count = available / 12;
  CHECK_THROWS_AS(require_argsort_memory(survey), MemoryLimitError);
}

}  // namespace
}  // namespace fastsamplers::lengths
