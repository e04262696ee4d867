// A race with what torch makes of it, for the tests of choices.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "fastsamplers/weighted/weighted_choice.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"

namespace fastsamplers::test {

inline constexpr u64 kAll = u64{1} << 40;

// Weights and the quotients that the engine of a seed gives them.
struct Race {
  Race(std::vector<double> weights, Precision precision, u64 seed)
      : values(std::move(weights)), stored(values, precision), engine(seed) {
    std::mt19937 words = words_of(seed);
    const std::vector<u64> points = uniform_points(words, values.size());
    quotients = quotients_of(values, points, precision);
    nonzero = values.size() - static_cast<u64>(std::count(values.begin(), values.end(), 0.0));
  }

  std::vector<double> values;
  StoredWeights stored;
  rng::Mt19937 engine;
  std::vector<double> quotients;
  u64 nonzero;
};

struct Choice {
  std::vector<i64> indices;
  u64 calls = 1;
};

inline Choice choose(const Weights& weights, const rng::Mt19937& engine, u64 nonzero, std::size_t k,
                     u64 steps = kAll) {
  Choice choice;
  choice.indices.assign(k + 1, -1);
  weighted::WeightedChoice chooser(weights, engine, nonzero, std::span(choice.indices).first(k));
  while (!chooser.advance(steps)) REQUIRE(choice.calls++ < 4 * weights.size + 10);
  REQUIRE(choice.indices.back() == -1);
  choice.indices.pop_back();
  return choice;
}

inline void check_choice(const Race& race, std::size_t k, const std::vector<i64>& expected,
                         u64 steps = kAll) {
  const Choice choice = choose(race.stored.weights(), race.engine, race.nonzero, k, steps);
  INFO(k << " of " << race.values.size() << ", steps of " << steps);
  REQUIRE(first_difference(choice.indices, expected) == kSame);
}

// As many as are wanted of n: the least, the most, and where torch goes another way.
inline std::set<std::size_t> counts_for(std::size_t n) {
  std::set<std::size_t> counts;
  for (const std::size_t k :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, n / 64, n / 64 + 1, n / 2, n - 1, n}) {
    if (k >= 1 && k <= n) counts.insert(k);
  }
  return counts;
}

}  // namespace fastsamplers::test
