#include "fastsamplers/batch/token_cut.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>
#include <string>

#include "batch/cut_case.hpp"
#include "oracle.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::batch {
namespace {

using test::LaidOut;
using test::PlainCut;
using test::Random;

template <class T = u64>
void check_cut(const std::vector<u64>& lengths, const TokenRule& rule, u64 steps,
               const test::Layout& layout = {}) {
  INFO(lengths.size() << " lengths, budget " << rule.budget << ", at most " << rule.max_samples
                      << " samples, multiples of " << rule.multiple << ", sum " << rule.is_sum
                      << ", drop_last " << rule.drop_last << ", " << steps << " steps");
  const std::vector<T> values(lengths.begin(), lengths.end());
  const LaidOut<T> laid_out(values, layout);
  const auto cut = test::cut_of(laid_out.array(), laid_out.survey(), rule, steps);
  const PlainCut expected = test::plain_cut(lengths, rule);
  REQUIRE(test::first_difference(cut->indices, expected.indices) == test::kSame);
  REQUIRE(test::first_difference(cut->ends, expected.ends) == test::kSame);
  REQUIRE(cut->count() == expected.ends.size());
  u64 number = 0;
  u64 wrong = 0;
  for (std::size_t k = 0; k < lengths.size(); ++k) {
    if (k > 0 && expected.class_at[k] != expected.class_at[k - 1]) ++number;
    if (k > 0 && expected.class_at[k] == expected.class_at[k - 1]) continue;
    wrong += cut->classes[number].first == k ? 0 : 1;
    wrong += cut->classes[number].longest == expected.longest[k] ? 0 : 1;
  }
  REQUIRE(wrong == 0);
  REQUIRE(cut->classes.size() == (lengths.empty() ? 0 : number + 1));
  for (u64 batch = 0; batch < cut->count(); ++batch) {
    REQUIRE(cut->first(batch) == (batch == 0 ? 0 : expected.ends[batch - 1]));
  }
}

TEST_CASE("batches end where the plain definition ends them", "[batch][token_cut]") {
  Random random(131);
  for (const std::size_t count : {0, 1, 2, 30, 1000, 4097}) {
    for (const u64 most : {u64{0}, u64{5}, u64{63}, u64{64}, u64{65}, u64{500}, u64{20000},
                           u64{70000}, u64{1} << 36}) {
      const std::vector<u64> lengths = test::skewed_lengths(random, count, most);
      for (const u64 multiple : {1, 2, 8}) {
        for (const u64 max_samples : {u64{1}, u64{7}, u64{100}, ~u64{0}}) {
          TokenRule rule;
          rule.budget = most + random() % (20 * most + 2);
          if (random() % 4 == 0) rule.budget = most;
          rule.max_samples = max_samples;
          rule.multiple = multiple;
          rule.is_sum = random() % 2 == 0;
          rule.drop_last = random() % 2 == 0;
          check_cut(lengths, rule, random() % 3 == 0 ? 1 : random() % 5000 + 1);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("cuts of every type at every distance", "[batch][token_cut]", i8, i16, i32, i64,
                   u8, u16, u32, u64) {
  Random random(132);
  const u64 most = static_cast<u64>(std::numeric_limits<TestType>::max());
  for (const test::Layout& layout : test::kLayouts) {
    for (const u64 longest : {u64{100}, most}) {
      for (const bool is_sum : {false, true}) {
        TokenRule rule;
        rule.budget = longest < (u64{1} << 62) ? 5 * longest : longest;
        rule.is_sum = is_sum;
        check_cut<TestType>(test::skewed_lengths(random, 600, longest - 1), rule, 100, layout);
      }
    }
  }
}

TEST_CASE("zeros and equal lengths", "[batch][token_cut]") {
  for (const bool is_sum : {false, true}) {
    TokenRule rule;
    rule.is_sum = is_sum;
    check_cut(std::vector<u64>(50, 0), rule, 1);
    rule.max_samples = 8;
    check_cut(std::vector<u64>(50, 0), rule, 1);
    rule.budget = 30;
    check_cut(std::vector<u64>(50, 10), rule, 1);
    check_cut({10, 10, 10, 0, 0, 0, 5, 5, 1, 0, 0}, rule, 1);
    rule.multiple = 4;
    check_cut(std::vector<u64>(50, 10), rule, 1);
  }
}

TEST_CASE("the last batch is dropped where it lacks samples for a multiple", "[batch][token_cut]") {
  TokenRule rule;
  rule.budget = 40;
  rule.multiple = 4;
  for (std::size_t count = 1; count < 14; ++count) {
    for (const bool drop_last : {false, true}) {
      rule.drop_last = drop_last;
      const LaidOut<u64> laid_out(std::vector<u64>(count, 10));
      const auto cut = test::cut_of(laid_out.array(), laid_out.survey(), rule);
      CHECK(cut->count() == count / 4 + (drop_last || count % 4 == 0 ? 0 : 1));
    }
  }
}

// More than 2^19 lengths are sorted by several threads.
TEST_CASE("cuts of any number of threads and steps are the same", "[batch][token_cut]") {
  Random random(133);
  const std::vector<u64> lengths = test::skewed_lengths(random, 600000, 3000);
  TokenRule rule;
  rule.budget = 10000;
  rule.multiple = 8;
  for (const std::size_t threads : {1, 3}) {
    const test::ThreadCount active(threads);
    for (const u64 steps : {u64{20000}, ~u64{0}}) check_cut(lengths, rule, steps);
  }
}

TEST_CASE("a limit is asked for once a length, or a class where many fit", "[batch][token_cut]") {
  Random random(134);
  const std::vector<u64> lengths = test::skewed_lengths(random, 3000, 800);
  std::map<u64, int> asked;
  TokenRule rule;
  rule.budget = 1;  // not looked at
  rule.multiple = 2;
  rule.limit = [](u64 longest) { return longest > 700 ? 1 : 90 - longest / 9; };
  check_cut(lengths, rule, 50);
  const auto plain_limit = rule.limit;
  rule.limit = [&](u64 longest) {
    ++asked[longest];
    return plain_limit(longest);
  };
  const LaidOut<u64> laid_out(lengths);
  const auto cut = test::cut_of(laid_out.array(), laid_out.survey(), rule, 10);
  for (const auto& [longest, times] : asked) {
    CHECK(times == 1);
    const bool begins = std::any_of(cut->classes.begin(), cut->classes.end(),
                                    [&](const LengthClass& one) { return one.longest == longest; });
    CHECK((begins || plain_limit(longest) <= batch::kFewSamples));
  }
}

TEST_CASE("a length by itself above the budget is refused with its index", "[batch][token_cut]") {
  const LaidOut<u64> values(std::vector<u64>{3, 5, 11, 4});
  const auto cut = [&](const TokenRule& rule) {
    test::cut_of(values.array(), values.survey(), rule, 1);
  };
  const auto message = [](const std::string& index, const std::string& length) {
    return Catch::Message("lengths should be within the budget, one by one, but index " + index +
                          " has a length of up to " + length);
  };
  TokenRule rule;
  for (const bool is_sum : {false, true}) {
    rule.is_sum = is_sum;
    rule.budget = 10;
    CHECK_THROWS_MATCHES(cut(rule), std::invalid_argument, message("2", "11"));
    rule.budget = 11;
    CHECK_NOTHROW(cut(rule));
  }
  // A limit may refuse any length, and say why by itself.
  rule.is_sum = false;
  rule.limit = [](u64 longest) { return longest == 4 ? 0 : 1; };
  CHECK_THROWS_MATCHES(cut(rule), std::invalid_argument, message("3", "4"));
  rule.limit = [](u64) -> u64 { throw std::domain_error("no limit"); };
  CHECK_THROWS_AS(cut(rule), std::domain_error);
}

TEST_CASE("arguments that make no cut are refused by name", "[batch][token_cut]") {
  const LaidOut<u64> values(std::vector<u64>{3, 5, 11, 4});
  auto survey = values.survey();
  TokenRule rule;
  rule.max_samples = 0;
  CHECK_THROWS_MATCHES(TokenCutter(values.array(), survey, rule), std::invalid_argument,
                       Catch::Message("max_samples should be positive, but got max_samples=0"));
  rule.max_samples = 1;
  rule.multiple = 0;
  CHECK_THROWS_MATCHES(
      TokenCutter(values.array(), survey, rule), std::invalid_argument,
      Catch::Message("required_multiple should be positive, but got required_multiple=0"));
  rule.multiple = 1;
  survey.count = 3;
  CHECK_THROWS_MATCHES(TokenCutter(values.array(), survey, rule), std::invalid_argument,
                       Catch::Message("survey should be of all lengths, but got survey=3"));
  auto many = values.array();
  many.size = u64{1} << 32;
  CHECK_THROWS_MATCHES(
      TokenCutter(many, survey, rule), std::invalid_argument,
      Catch::Message("lengths should be fewer than 2**32, but got lengths=4294967296"));
}

// Below 64 by nothing; above by less than a 32nd of the shortest.
TEST_CASE("classes are as narrow as they are said to be", "[batch][token_cut]") {
  for (u64 length = 0; length < 200000; ++length) {
    const bool is_same = class_of_length(length) == class_of_length(length + 1);
    if (is_same != (test::plain_class(length) == test::plain_class(length + 1))) FAIL(length);
  }
  u64 before = class_of_length(0);
  u64 shortest = 0;
  for (u64 length = 1; length < 200000; ++length) {
    const u64 now = class_of_length(length);
    if (now != before) shortest = length;
    REQUIRE(now >= before);
    REQUIRE(32 * (length - shortest) < std::max<u64>(shortest, 1));
    before = now;
  }
  for (u32 bit = 6; bit < 64; ++bit) {
    const u64 step = u64{1} << (bit - 5);
    for (u64 k = 0; k < 32; ++k) {
      const u64 least = (u64{1} << bit) + k * step;
      CHECK(class_of_length(least) == class_of_length(least + step - 1));
      CHECK(class_of_length(least) > class_of_length(least - 1));
    }
  }
}

TEST_CASE("lengths that change leave a cut of all samples", "[batch][token_cut]") {
  Random random(135);
  for (const u64 most : {u64{60}, u64{5000}, u64{100000}, u64{1} << 40}) {
    for (const bool is_sum : {false, true}) {
      for (int calls = 0; calls < 4; ++calls) {
        std::vector<u64> lengths = test::skewed_lengths(random, 3000, most);
        lengths[0] = most;
        LaidOut<u64> values(lengths);
        TokenRule rule;
        rule.budget = 2 * most;
        rule.is_sum = is_sum;
        TokenCutter cutter(values.array(), values.survey(), rule);
        bool is_done = false;
        for (int call = 0; call < calls && !is_done; ++call) is_done = cutter.advance(5);
        for (std::size_t k = 0; k < 3000; k += 2) values.set(k, random());
        while (!is_done) is_done = cutter.advance(5);
        const auto cut = cutter.cut();
        INFO("most " << most << ", sum " << is_sum << ", after " << calls << " calls");
        REQUIRE(cut->ends.back() == 3000);
        REQUIRE(std::is_sorted(cut->ends.begin(), cut->ends.end()));
        REQUIRE(*std::max_element(cut->indices.begin(), cut->indices.end()) < 3000);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::batch
