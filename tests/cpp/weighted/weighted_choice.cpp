#include "fastsamplers/weighted/weighted_choice.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <set>
#include <stdexcept>

#include "fastsamplers/base/memory.hpp"
#include "isa_levels.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"
#include "race_case.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::weighted {
namespace {

using test::check_choice;
using test::Choice;
using test::choose;
using test::counts_for;
using test::Race;
using test::StoredWeights;
using test::WeightKind;

TEST_CASE("few weights of all kinds", "[weighted][weighted_choice]") {
  for (const WeightKind kind : test::kWeightKinds) {
    for (const Precision precision : test::kPrecisions) {
      for (const std::size_t n : {1, 2, 3, 7, 63, 64, 65, 200, 1025, 9000}) {
        INFO(test::name_of(kind) << ", " << test::name_of(precision));
        const Race race(test::weights_of(kind, precision, n), precision, n);
        for (const std::size_t k : counts_for(n)) {
          const std::vector<i64> expected = test::choice_of(race.quotients, k);
          for (const Isa isa : test::supported_levels()) {
            const test::ActiveIsa active(isa);
            check_choice(race, k, expected);
          }
        }
      }
    }
  }
}

TEST_CASE("any number of threads and any steps choose alike", "[weighted][weighted_choice]") {
  constexpr std::size_t kN = 70001;
  for (const WeightKind kind : {WeightKind::uniform, WeightKind::pareto, WeightKind::mostly_zeros,
                                WeightKind::overflowing, WeightKind::equal}) {
    for (const Precision precision : test::kPrecisions) {
      INFO(test::name_of(kind) << ", " << test::name_of(precision));
      const Race race(test::weights_of(kind, precision, kN), precision, 3);
      for (const std::size_t k : counts_for(kN)) {
        const std::vector<i64> expected = test::choice_of(race.quotients, k);
        for (const std::size_t threads : {1, 2, 3, 7}) {
          const test::ThreadCount count(threads);
          INFO(threads << " threads");
          check_choice(race, k, expected, threads == 2 ? 10007 : test::kAll);
        }
      }
    }
  }
}

TEST_CASE("one item at a time", "[weighted][weighted_choice]") {
  for (const WeightKind kind : {WeightKind::uniform, WeightKind::mostly_zeros}) {
    const Race race(test::weights_of(kind, Precision::f32, 3000), Precision::f32, 4);
    for (const std::size_t k : counts_for(3000)) {
      const std::vector<i64> expected = test::choice_of(race.quotients, k);
      for (const u64 steps : {0, 1, 7, 1023, 1024, 1025}) check_choice(race, k, expected, steps);
    }
  }
}

// The number of weights that are not zero saves work where it is right and harms nowhere.
TEST_CASE("no choice depends on what is said to be nonzero", "[weighted][weighted_choice]") {
  for (const WeightKind kind : {WeightKind::uniform, WeightKind::mostly_zeros, WeightKind::equal}) {
    for (const std::size_t n : {2, 500, 9000}) {
      const Race race(test::weights_of(kind, Precision::f32, n), Precision::f32, n);
      for (const std::size_t k : counts_for(n)) {
        const std::vector<i64> expected = test::choice_of(race.quotients, k);
        for (const u64 nonzero : {u64{0}, u64{1}, u64{k - 1}, u64{k}, u64{k + 1}, u64{n}}) {
          INFO(test::name_of(kind) << ", " << k << " of " << n << ", nonzero " << nonzero);
          const Choice choice = choose(race.stored.weights(), race.engine, nonzero, k);
          REQUIRE(test::first_difference(choice.indices, expected) == test::kSame);
        }
      }
    }
  }
}

TEST_CASE("draws of zero: infinite quotients tie, and 0 / 0 is the greatest",
          "[weighted][weighted_choice]") {
  std::mt19937 random(9);
  for (int round = 0; round < 60; ++round) {
    constexpr std::size_t kN = 300;
    std::vector<u64> points(kN);
    std::vector<double> values(kN);
    // Often none, one or two of them: where a single one leads, nothing is tied.
    for (u64& point : points) point = test::two_words(random) >> 11 | 1;
    for (int zeros = round % 4; zeros > 0; --zeros) points[random() % kN] = 0;
    for (double& value : values) value = random() % 3 == 0 ? 0 : 1 + random() % 4;
    const Precision precision = round % 2 == 0 ? Precision::f64 : Precision::f32;
    const StoredWeights stored(values, precision);
    const auto quotients = test::quotients_of(values, points, precision);
    for (const std::size_t k : counts_for(kN)) {
      INFO("round " << round << ", " << k << " of " << kN);
      const Choice choice = choose(stored.weights(), test::engine_that_draws(points), kN, k);
      REQUIRE(test::first_difference(choice.indices, test::choice_of(quotients, k)) == test::kSame);
    }
  }
}

// Two equal quotients at one place of the order, all others apart.
TEST_CASE("a tie is seen wherever it is", "[weighted][weighted_choice]") {
  constexpr std::size_t kN = 300;
  std::mt19937 random(10);
  std::vector<u64> points(kN, u64{1} << 52);
  std::vector<double> values(kN);
  for (std::size_t i = 0; i < kN; ++i) values[i] = static_cast<double>(i + 1);
  std::shuffle(values.begin(), values.end(), random);
  for (std::size_t rank = 0; rank + 1 < kN; rank += 7) {
    std::vector<double> tied = values;
    std::replace(tied.begin(), tied.end(), static_cast<double>(kN - rank),
                 static_cast<double>(kN - rank - 1));
    const StoredWeights stored(tied, Precision::f64);
    const auto quotients = test::quotients_of(tied, points, Precision::f64);
    for (std::size_t k : {std::size_t{1}, rank, rank + 1, rank + 2, rank + 3}) {
      k = std::clamp<std::size_t>(k, 1, kN);
      INFO("rank " << rank << ", " << k << " of " << kN);
      const Choice choice = choose(stored.weights(), test::engine_that_draws(points), kN, k);
      REQUIRE(test::first_difference(choice.indices, test::choice_of(quotients, k)) == test::kSame);
    }
  }
}

TEST_CASE("floats may be chosen from in double", "[weighted][weighted_choice]") {
  const Race race(test::weights_of(WeightKind::pareto, Precision::f32, 5000), Precision::f64, 11);
  const StoredWeights floats(race.values, test::Storage::f32, Precision::f64);
  const Choice choice = choose(floats.weights(), race.engine, 5000, 1000);
  CHECK(choice.indices == test::choice_of(race.quotients, 1000));
}

TEST_CASE("the engine that a choice was given stays where it is", "[weighted][weighted_choice]") {
  const Race race(test::weights_of(WeightKind::equal, Precision::f32, 1000), Precision::f32, 12);
  const rng::Mt19937 before = race.engine;
  choose(race.stored.weights(), race.engine, 1000, 500);
  CHECK(test::same_state(race.engine, before));
}

// Whatever they become, and whenever: as many indices as were asked for, each of them once.
TEST_CASE("weights that change meanwhile change no more than the choice",
          "[weighted][weighted_choice]") {
  std::mt19937 random(13);
  for (const std::size_t n : {1000, 70000, 300000}) {
    for (const double other : {0.0, -1.0, -1e300, std::nan(""), HUGE_VAL}) {
      for (const std::size_t k : {std::size_t{1}, std::size_t{3}, n / 3, n - 1}) {
        StoredWeights stored(test::weights_of(WeightKind::uniform, Precision::f64, n),
                             Precision::f64);
        const test::ThreadCount count(2);
        std::vector<i64> out(k, -1);
        WeightedChoice choice(stored.weights(), rng::Mt19937(n), n, out);
        const auto changed = random() % 2 == 0 ? n : n / 2;
        for (u64 call = 0; !choice.advance(n / 8); ++call) {
          REQUIRE(call < 100);
          if (call > 0) continue;
          for (std::size_t i = 0; i < changed; ++i) stored.set(i, other);
        }
        INFO(k << " of " << n << ", " << changed << " became " << other);
        REQUIRE(std::set<i64>(out.begin(), out.end()).size() == k);
        REQUIRE(*std::min_element(out.begin(), out.end()) >= 0);
        REQUIRE(*std::max_element(out.begin(), out.end()) < static_cast<i64>(n));
      }
    }
  }
}

TEST_CASE("samples out of range are refused by name, rule and value",
          "[weighted][weighted_choice]") {
  const StoredWeights stored({1.0, 2.0}, Precision::f64);
  std::vector<i64> out(3);
  CHECK_THROWS_MATCHES(WeightedChoice(stored.weights(), rng::Mt19937(1), 2, {}),
                       std::invalid_argument,
                       Catch::Message("samples should be in [1, n], but got samples=0"));
  CHECK_THROWS_MATCHES(WeightedChoice(stored.weights(), rng::Mt19937(1), 2, out),
                       std::invalid_argument,
                       Catch::Message("samples should be in [1, n], but got samples=3"));
}

#if defined(__linux__)

TEST_CASE("a choice that cannot fit is refused", "[weighted][weighted_choice]") {
  constexpr u64 kN = u64{1} << 50;
  const double weight = 1;
  const Weights weights{&weight, kN, 0, test::Storage::f64, Precision::f64};
  CHECK_NOTHROW(require_choice_memory(weights, kN, 1000));
  CHECK_THROWS_AS(require_choice_memory(weights, kN, kN / 2), MemoryLimitError);
  // With ties all weights but few are too many, and few are not.
  CHECK_NOTHROW(require_choice_memory(weights, 1, 1000));
  CHECK_THROWS_AS(require_choice_memory(weights, 1, kN / 2), MemoryLimitError);
  CHECK_NOTHROW(require_choice_memory(weights, 0, 1));
}

#endif

}  // namespace
}  // namespace fastsamplers::weighted
