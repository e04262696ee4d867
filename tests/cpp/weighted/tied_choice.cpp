#include "fastsamplers/weighted/tied_choice.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <set>

#include "isa_levels.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"
#include "race_case.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::weighted {
namespace {

using test::counts_for;
using test::StoredWeights;
using test::WeightKind;

std::vector<i64> choose(const Weights& weights, const rng::Mt19937& engine, std::size_t k) {
  std::vector<i64> out(k, -1);
  choose_with_ties(engine, weights, out);
  return out;
}

void check_choices(WeightKind kind, Precision precision, std::size_t n) {
  const std::vector<double> values = test::weights_of(kind, precision, n);
  const StoredWeights stored(values, precision);
  std::mt19937 words = test::words_of(n);
  const auto quotients = test::quotients_of(values, test::uniform_points(words, n), precision);
  for (const std::size_t k : counts_for(n)) {
    INFO(test::name_of(kind) << ", " << test::name_of(precision) << ", " << k << " of " << n);
    const std::vector<i64> out = choose(stored.weights(), rng::Mt19937(n), k);
    REQUIRE(test::first_difference(out, test::topk(quotients, k)) == test::kSame);
  }
}

TEST_CASE("ties are broken by the library's own steps", "[weighted][tied_choice]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const WeightKind kind : test::kWeightKinds) {
      for (const Precision precision : test::kPrecisions) {
        for (const std::size_t n : {1, 2, 3, 63, 64, 65, 127, 128, 200, 1024, 1025, 6400, 6401}) {
          check_choices(kind, precision, n);
        }
      }
    }
  }
}

TEST_CASE("ties are broken alike by any number of threads", "[weighted][tied_choice]") {
  for (const std::size_t threads : {1, 2, 3, 7}) {
    const test::ThreadCount count(threads);
    for (const std::size_t n : {65535, 65536, 70001}) {
      check_choices(WeightKind::mostly_zeros, Precision::f64, n);
    }
    check_choices(WeightKind::overflowing, Precision::f32, 70001);
  }
}

// Draws so small that the filter reads them whole: what is barely above the least of the heap
// enters.
TEST_CASE("quotients barely above the least so far", "[weighted][tied_choice]") {
  constexpr std::size_t kN = 192;
  const std::vector<u64> points(kN, u64{1} << 33);
  for (const Precision precision : test::kPrecisions) {
    const double barely = precision == Precision::f64 ? 1 + 0x1p-52 : 1 + 0x1p-22;
    for (std::size_t place = 3; place < kN; ++place) {
      std::vector<double> values(kN, 0x1p-20);
      values[0] = values[1] = values[2] = 1;
      values[place] = barely;
      const StoredWeights stored(values, precision);
      const auto quotients = test::quotients_of(values, points, precision);
      const std::vector<i64> out = choose(stored.weights(), test::engine_that_draws(points), 3);
      INFO(test::name_of(precision) << ", place " << place);
      REQUIRE(out == test::topk(quotients, 3));
      REQUIRE(out[0] == static_cast<i64>(place));
    }
  }
}

TEST_CASE("zeros without number", "[weighted][tied_choice]") {
  // Fewer weights that are not zero than are wanted: the rest are ties of zero.
  std::mt19937 random(1);
  for (const std::size_t n : {130, 5000}) {
    for (const std::size_t nonzero : {0, 1, 2, 20}) {
      std::vector<double> values(n, 0.0);
      for (std::size_t i = 0; i < nonzero; ++i) values[random() % n] = 1 + i;
      const StoredWeights stored(values, Precision::f64);
      std::mt19937 words = test::words_of(n);
      const auto quotients =
          test::quotients_of(values, test::uniform_points(words, n), Precision::f64);
      for (const std::size_t k : counts_for(n)) {
        INFO(k << " of " << n << ", not zero " << nonzero);
        const std::vector<i64> out = choose(stored.weights(), rng::Mt19937(n), k);
        REQUIRE(test::first_difference(out, test::topk(quotients, k)) == test::kSame);
      }
    }
  }
}

TEST_CASE("draws of zero make infinities, and 0 / 0 comes first", "[weighted][tied_choice]") {
  std::mt19937 random(2);
  for (int round = 0; round < 50; ++round) {
    constexpr std::size_t kN = 300;
    std::vector<u64> points(kN);
    std::vector<double> values(kN);
    const u32 share = round % 2 == 0 ? 3 : 40;
    for (u64& point : points) point = random() % share == 0 ? 0 : test::two_words(random) >> 11;
    for (double& value : values) value = random() % 3 == 0 ? 0 : random() % 4;
    const StoredWeights stored(values, Precision::f64);
    const auto quotients = test::quotients_of(values, points, Precision::f64);
    for (const std::size_t k : counts_for(kN)) {
      INFO("round " << round << ", " << k << " of " << kN);
      const std::vector<i64> out = choose(stored.weights(), test::engine_that_draws(points), k);
      REQUIRE(test::first_difference(out, test::topk(quotients, k)) == test::kSame);
    }
  }
}

// Weights can change after they were found valid; what comes out are indices all the same.
TEST_CASE("ties among weights that are not valid are indices", "[weighted][tied_choice]") {
  constexpr std::size_t kN = 3000;
  for (const double other : {-1.0, std::nan(""), -HUGE_VAL, HUGE_VAL}) {
    const StoredWeights stored(std::vector<double>(kN, other), Precision::f64);
    for (const std::size_t k : counts_for(kN)) {
      INFO(k << " of " << kN << ", all " << other);
      const std::vector<i64> out = choose(stored.weights(), rng::Mt19937(1), k);
      REQUIRE(std::set<i64>(out.begin(), out.end()).size() == k);
      REQUIRE(*std::min_element(out.begin(), out.end()) >= 0);
      REQUIRE(*std::max_element(out.begin(), out.end()) < static_cast<i64>(kN));
    }
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
