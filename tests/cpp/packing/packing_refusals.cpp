// What is no packing, and lengths that somebody changes while they are packed.

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

#include "fastsamplers/base/memory.hpp"
#include "packing/textbook.hpp"

namespace fastsamplers::packing {
namespace {

using test::LaidOut;
using test::Random;
using test::Spread;

TEST_CASE("a length above the capacity, or below zero, is refused", "[packing]") {
  for (const PackingRule rule : test::kPackingRules) {
    const LaidOut<i64> fitting(std::vector<i64>{3, 9, 0});
    CHECK_NOTHROW(Packing(fitting.array(), fitting.survey(), 9, rule));
    CHECK_THROWS_MATCHES(
        Packing(fitting.array(), fitting.survey(), 8, rule), std::invalid_argument,
        Catch::Message("capacity should be at least the greatest length, but got capacity=8"));
    for (const i64 negative : {i64{-1}, std::numeric_limits<i64>::min()}) {
      const LaidOut<i64> values(std::vector<i64>{3, negative, 0});
      CHECK_THROWS_AS(Packing(values.array(), values.survey(), ~u64{0}, rule),
                      std::invalid_argument);
    }
    const LaidOut<u64> greatest(std::vector<u64>{1, ~u64{0}});
    CHECK_NOTHROW(Packing(greatest.array(), greatest.survey(), ~u64{0}, rule));
    CHECK_THROWS_AS(Packing(greatest.array(), greatest.survey(), ~u64{0} - 1, rule),
                    std::invalid_argument);
  }
}

TEST_CASE("a survey of other lengths, and too many of them, are refused", "[packing]") {
  const LaidOut<i64> values(std::vector<i64>{3, 9, 0});
  auto survey = values.survey();
  survey.count = 2;
  auto many = values.array();
  many.size = u64{1} << 32;
  for (const PackingRule rule : test::kPackingRules) {
    CHECK_THROWS_MATCHES(Packing(values.array(), survey, 9, rule), std::invalid_argument,
                         Catch::Message("survey should be of all lengths, but got survey=2"));
    auto all = survey;
    all.count = many.size;
    CHECK_THROWS_MATCHES(
        Packing(many, all, 9, rule), std::invalid_argument,
        Catch::Message("lengths should be fewer than 2**32, but got lengths=4294967296"));
  }
}

TEST_CASE("no lengths have no bins", "[packing]") {
  const LaidOut<i64> none(std::vector<i64>{});
  for (const PackingRule rule : test::kPackingRules) {
    Packing packing(none.array(), none.survey(), 0, rule);
    CHECK(packing.advance(1));
    const Bins bins = packing.take();
    CHECK(bins.count() == 0);
    CHECK(bins.indices.empty());
  }
}

TEST_CASE("lengths of zero need no capacity", "[packing]") {
  const LaidOut<i64> zeros(std::vector<i64>(100, 0));
  for (const PackingRule rule : test::kPackingRules) {
    const Bins bins = test::packed(zeros.array(), zeros.survey(), 0, rule, 10);
    REQUIRE(bins.count() == 1);
    for (u32 k = 0; k < 100; ++k) CHECK(bins.of(0)[k] == k);
  }
}

TEST_CASE("a packing that cannot fit is refused", "[packing]") {
  lengths::LengthSurvey survey;
  survey.count = available_memory() / 8;
  if (survey.count == ~u64{0} / 8) return;  // the system does not say
  CHECK_NOTHROW(require_packing_memory(survey, 1, PackingRule::sequential));
  CHECK_THROWS_AS(require_packing_memory(survey, 1, PackingRule::best_fit_decreasing),
                  MemoryLimitError);
  survey.count = available_memory() / 20;
  CHECK_NOTHROW(require_packing_memory(survey, 1, PackingRule::first_fit_decreasing));
  survey.greatest = u64{1} << 33;
  CHECK_THROWS_AS(require_packing_memory(survey, 1, PackingRule::first_fit_decreasing),
                  MemoryLimitError);
  CHECK_NOTHROW(require_packing_memory(survey, 1, PackingRule::sequential));
}

// The bins are wrong then, but they hold indices, as many as there are lengths.
TEST_CASE("lengths that change while they are packed leave nothing but indices", "[packing]") {
  constexpr std::size_t kCount = 6000;
  Random random(111);
  for (const u64 range : {u64{0}, u64{90}, u64{65535}, u64{65536}, u64{300000}, u64{1} << 40}) {
    const std::vector<i64> before = test::spanning<i64>(random, kCount, range, Spread::any);
    std::vector<i64> lengths;
    const i64 least = *std::min_element(before.begin(), before.end());
    for (const i64 value : before) lengths.push_back(value - least + (range == 90 ? 7 : 0));
    for (const PackingRule rule : test::kPackingRules) {
      for (int calls = 0; calls < 9; ++calls) {
        for (const int kind : {0, 1, 2}) {
          LaidOut<i64> values(lengths);
          const auto survey = values.survey();
          Packing packing(values.array(), survey, survey.greatest + 3, rule);
          bool is_done = false;
          for (int call = 0; call < calls && !is_done; ++call) is_done = packing.advance(1500);
          for (std::size_t place = 0; place < kCount; ++place) {
            const i64 value = static_cast<i64>(random());
            values.set(place, kind == 0 ? value : kind == 1 ? -1 - value % 1000 : value % 100);
          }
          while (!is_done) is_done = packing.advance(1500);
          const Bins bins = packing.take();
          INFO(test::name_of(rule)
               << ", range " << range << ", change " << kind << " after " << calls << " calls");
          REQUIRE(bins.indices.size() == kCount);
          REQUIRE(bins.offsets.front() == 0);
          REQUIRE(bins.offsets.back() == kCount);
          REQUIRE(std::is_sorted(bins.offsets.begin(), bins.offsets.end()));
          REQUIRE(*std::max_element(bins.indices.begin(), bins.indices.end()) < kCount);
        }
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::packing
