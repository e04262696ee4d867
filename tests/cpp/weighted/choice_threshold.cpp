// The threshold that a choice among many starts with, guessed from a sample of the weights.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "fastsamplers/weighted/weighted_choice.hpp"
#include "oracle.hpp"
#include "race_case.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::weighted {
namespace {

using test::check_choice;
using test::Choice;
using test::choose;
using test::Race;
using test::WeightKind;

TEST_CASE("a threshold from a sample changes nothing", "[weighted][choice_threshold]") {
  // Samples are taken from 4 * 65536 weights on, and from 64 * n / 65536 wanted, to a half of all.
  constexpr std::size_t kN = 300000;
  for (const WeightKind kind : {WeightKind::uniform, WeightKind::pareto, WeightKind::mostly_zeros,
                                WeightKind::one_huge, WeightKind::overflowing}) {
    for (const Precision precision : test::kPrecisions) {
      const Race race(test::weights_of(kind, precision, kN), precision, 5);
      for (const std::size_t k :
           {std::size_t{2}, std::size_t{291}, std::size_t{292}, std::size_t{300}, kN / 64,
            kN / 64 + 1, std::size_t{29000}, kN / 2 - 1, kN / 2}) {
        INFO(test::name_of(kind) << ", " << test::name_of(precision) << ", " << k);
        const std::vector<i64> expected = test::choice_of(race.quotients, k);
        for (const std::size_t threads : {1, 3}) {
          const test::ThreadCount count(threads);
          check_choice(race, k, expected);
        }
      }
    }
  }
}

constexpr std::size_t kSample = 65536;

// The place of the s-th weight that a sample holds.
std::size_t sampled(std::size_t s, std::size_t n) {
  return s * (n / kSample) + s * (n % kSample) / kSample;
}

TEST_CASE("a sample guesses well, whatever the order of the weights",
          "[weighted][choice_threshold]") {
  constexpr std::size_t kN = 300000;  // no multiple of the sample
  std::vector<double> values = test::weights_of(WeightKind::uniform, Precision::f64, kN);
  for (int order = 0; order < 3; ++order) {
    if (order == 1) std::sort(values.begin(), values.end());
    if (order == 2) std::reverse(values.begin(), values.end());
    const Race race(values, Precision::f64, 6);
    for (const std::size_t k : {300, 5000, 60000}) {
      INFO("order " << order << ", " << k);
      const Choice choice = choose(race.stored.weights(), race.engine, race.nonzero, k);
      CHECK(choice.calls == 1);  // not run again
    }
  }
}

TEST_CASE("a guess that was too high is given up", "[weighted][choice_threshold]") {
  constexpr std::size_t kN = 300000;
  std::vector<double> values(kN, 1e-3);
  // What the sample sees is a million times as heavy as all that lies between.
  for (std::size_t s = 0; s < kSample; ++s) values[sampled(s, kN)] = 1e3 + static_cast<double>(s);
  const Race race(values, Precision::f64, 7);
  for (const std::size_t k : {80000, 140000}) {
    const std::vector<i64> expected = test::choice_of(race.quotients, k);
    for (const std::size_t threads : {1, 3}) {
      const test::ThreadCount count(threads);
      const Choice choice = choose(race.stored.weights(), race.engine, race.nonzero, k);
      REQUIRE(test::first_difference(choice.indices, expected) == test::kSame);
      CHECK(choice.calls == 2);
      check_choice(race, k, expected, 30000);
    }
  }
}

// The guess is 0 where the sample holds fewer than are wanted. Then the race may lack the runner
// behind the last, and is run again; where two of them would be zeros, it is not run at all.
TEST_CASE("as many as there are weights above zero", "[weighted][choice_threshold]") {
  constexpr std::size_t kN = 300000;
  for (const std::size_t period : {3, 31}) {
    std::vector<double> values(kN, 0.0);
    for (std::size_t i = 0; i < kN; i += period) values[i] = 1 + static_cast<double>(i % 17);
    const Race race(values, Precision::f64, 9);
    for (const auto& [k, calls] :
         {std::pair<u64, u64>{race.nonzero - 1, 1}, {race.nonzero, 2}, {race.nonzero + 1, 1}}) {
      INFO(k << " of " << race.nonzero << " above zero");
      const Choice choice = choose(race.stored.weights(), race.engine, race.nonzero, k);
      REQUIRE(test::first_difference(choice.indices, test::choice_of(race.quotients, k)) ==
              test::kSame);
      CHECK(choice.calls == calls);
    }
  }
}

TEST_CASE("a guess that was too low only costs time", "[weighted][choice_threshold]") {
  constexpr std::size_t kN = 300000;
  std::vector<double> values(kN);
  for (std::size_t i = 0; i < kN; ++i) values[i] = 1e3 + static_cast<double>(i);
  for (std::size_t s = 0; s < kSample; ++s) values[sampled(s, kN)] = s % 2 == 0 ? 0 : 1e-3;
  const Race race(values, Precision::f64, 8);
  for (const std::size_t k : {1000, 140000}) {
    check_choice(race, k, test::choice_of(race.quotients, k));
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
