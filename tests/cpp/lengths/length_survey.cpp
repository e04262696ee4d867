#include "fastsamplers/lengths/length_survey.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "lengths/length_arrays.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::lengths {
namespace {

using test::LaidOut;
using test::Random;
using test::Spread;

template <class T>
LengthSurvey plain_survey(const std::vector<T>& values) {
  LengthSurvey survey;
  survey.count = values.size();
  if (values.empty()) return survey;
  const auto least = std::min_element(values.begin(), values.end());
  const auto greatest = std::max_element(values.begin(), values.end());
  survey.least = static_cast<u64>(*least);
  survey.greatest = static_cast<u64>(*greatest);
  survey.first_least = static_cast<u64>(least - values.begin());
  survey.first_greatest = static_cast<u64>(greatest - values.begin());
  survey.has_negative = *least < T{0};
  for (const T value : values) {
    survey.low_sum += static_cast<u64>(value) & 0xffffffff;
    survey.high_sum += static_cast<u64>(value) >> 32;
  }
  return survey;
}

void check_survey(const LengthSurvey& survey, const LengthSurvey& expected) {
  REQUIRE(survey.count == expected.count);
  REQUIRE(survey.least == expected.least);
  REQUIRE(survey.greatest == expected.greatest);
  REQUIRE(survey.first_least == expected.first_least);
  REQUIRE(survey.first_greatest == expected.first_greatest);
  REQUIRE(survey.has_negative == expected.has_negative);
  if (expected.has_negative) return;
  // Which part of the sum stands where is not said.
  REQUIRE(survey.high_sum + (survey.low_sum >> 32) == expected.high_sum + (expected.low_sum >> 32));
  REQUIRE(survey.low_sum % (u64{1} << 32) == expected.low_sum % (u64{1} << 32));
}

// A survey of which no call looks at many more, or fewer, than it was told.
LengthSurvey survey_by(const IntegerArray& array, u64 steps) {
  LengthSurveyor surveyor(array);
  bool is_done = false;
  while (!is_done) {
    const u64 before = surveyor.survey().count;
    is_done = surveyor.advance(steps);
    const u64 most = std::min(std::max<u64>(steps, kKeyBlock), array.size - before);
    REQUIRE(surveyor.survey().count - before == most);
    REQUIRE(is_done == (surveyor.survey().count == array.size));
  }
  const LengthSurvey survey = surveyor.survey();
  REQUIRE(surveyor.advance(steps));
  check_survey(surveyor.survey(), survey);
  return survey;
}

TEMPLATE_TEST_CASE("a survey of every type at every distance", "[lengths][survey]", i8, i16, i32,
                   i64, u8, u16, u32, u64) {
  Random random(21);
  std::size_t round = 0;
  for (const std::size_t count : {0, 1, 2, 3, 100, 4095, 4096, 4097, 8192, 10000}) {
    for (const u64 range : test::ranges_of<TestType>()) {
      const test::Layout layout = test::kLayouts[round % test::kLayouts.size()];
      const Spread spread = test::kSpreads[random() % test::kSpreads.size()];
      const std::vector<TestType> values = test::spanning<TestType>(random, count, range, spread);
      const LaidOut<TestType> laid_out(values, layout);
      INFO(count << " values of range " << range << ", " << layout.elements << " elements and "
                 << layout.bytes << " bytes apart");
      const u64 steps = round++ % 2 == 0 ? ~u64{0} : random() % 9000;
      const LengthSurvey survey = survey_by(laid_out.array(), steps);
      check_survey(survey, plain_survey(values));
      if (count > 1) REQUIRE(survey.range() == range);
    }
  }
}

TEST_CASE("the rules of a survey begin at its two ends", "[lengths][survey]") {
  const std::vector<i32> values = {5, -7, 12, -7};
  const LengthSurvey survey = LaidOut<i32>(values).survey();
  CHECK(survey.range() == 19);
  CHECK(survey.ascending().key_of(static_cast<u64>(i64{-7})) == 0);
  CHECK(survey.ascending().key_of(12) == 19);
  CHECK(survey.ascending().range == 19);
  CHECK(survey.descending().key_of(12) == 0);
  CHECK(survey.descending().key_of(static_cast<u64>(i64{-7})) == 19);
  CHECK(survey.descending().range == 19);
}

// Both ends stand in each part that a thread or a call can have.
TEMPLATE_TEST_CASE("several threads survey as one does", "[lengths][survey]", i8, i16, i64, u32,
                   u64) {
  Random random(22);
  for (const std::size_t count : {(1 << 18) - 1, 1 << 18, (1 << 18) + 1, 700001}) {
    std::vector<TestType> values = test::spanning<TestType>(random, count, 100, Spread::any);
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    const TestType low = *least;
    const TestType high = *greatest;
    std::replace(values.begin(), values.begin() + 9000, low, static_cast<TestType>(low + 1));
    std::replace(values.begin(), values.begin() + 150000, high, static_cast<TestType>(low + 1));
    const LaidOut<TestType> laid_out(values, test::kLayouts[count % 3]);
    const LengthSurvey expected = plain_survey(values);
    for (const std::size_t threads : {1, 2, 3}) {
      const test::ThreadCount active(threads);
      for (const u64 steps : {u64{0}, u64{1} << 18, u64{300000}, ~u64{0}}) {
        INFO(count << " values, " << threads << " threads, " << steps << " steps");
        check_survey(survey_by(laid_out.array(), steps), expected);
      }
    }
  }
}

TEST_CASE("a sum beyond 64 bits is whole", "[lengths][survey]") {
  const LengthSurvey survey = LaidOut<u64>(std::vector<u64>(5000, ~u64{0})).survey();
  const u64 low = survey.low_sum & 0xffffffff;
  const u64 high = survey.high_sum + (survey.low_sum >> 32);
  // 5000 * (2^64 - 1) = (5000 * 2^32 - 1) * 2^32 + 2^32 - 5000.
  CHECK(low == (u64{1} << 32) - 5000);
  CHECK(high == (u64{5000} << 32) - 1);
}

}  // namespace
}  // namespace fastsamplers::lengths
