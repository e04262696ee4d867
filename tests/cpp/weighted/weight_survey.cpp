#include "fastsamplers/weighted/weight_survey.hpp"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include "isa_levels.hpp"
#include "thread_counts.hpp"
#include "weight_kinds.hpp"

namespace fastsamplers::weighted {
namespace {

using Fault = WeightSurvey::Fault;
using test::Storage;
using test::StoredWeights;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kPart = 65536;  // what makes one part of the fingerprint

WeightSurvey survey_of(const Weights& weights, u64 steps = u64{1} << 40) {
  WeightSurveyor surveyor(weights);
  while (!surveyor.advance(steps)) {
  }
  return surveyor.survey();
}

WeightSurvey survey_of(const std::vector<double>& values) {
  return survey_of(StoredWeights(values, Precision::f64).weights());
}

std::vector<double> uniform_weights(std::size_t n) {
  return test::weights_of(test::WeightKind::uniform, Precision::f64, n);
}

TEST_CASE("a survey counts what is not zero and finds no fault", "[weighted][weight_survey]") {
  for (const std::size_t n : {0, 1, 31, 32, 33, 1000, 65535, 65536, 65537, 300000}) {
    for (const auto kind : test::kWeightKinds) {
      if (n == 0) continue;
      const std::vector<double> values = test::weights_of(kind, Precision::f32, n);
      const auto zeros = static_cast<u64>(std::count(values.begin(), values.end(), 0.0));
      const WeightSurvey survey = survey_of(StoredWeights(values, Precision::f32).weights());
      INFO(test::name_of(kind) << ", n " << n);
      REQUIRE(survey.nonzero == n - zeros);
      REQUIRE(survey.fault == Fault::none);
    }
  }
  CHECK(survey_of(Weights{}) == WeightSurvey{});
}

TEST_CASE("the fault is that of the first weight that is not valid", "[weighted][weight_survey]") {
  const std::vector<std::pair<double, Fault>> faults = {{-1.0, Fault::negative},
                                                        {-kInfinity, Fault::negative},
                                                        {-1e-310, Fault::negative},
                                                        {kNan, Fault::negative},
                                                        {kInfinity, Fault::not_finite}};
  for (const std::size_t n : {4, 40, 1030, 70000}) {
    const std::vector<double> valid = uniform_weights(n);
    for (const std::size_t first : {std::size_t{0}, n / 2, n - 2}) {
      for (const auto& [value, fault] : faults) {
        std::vector<double> values = valid;
        values[first] = value;
        INFO(value << " at " << first << " of " << n);
        REQUIRE(survey_of(values).fault == fault);
        // A later one of the other kind changes nothing.
        values[n - 1] = fault == Fault::negative ? kInfinity : -1.0;
        REQUIRE(survey_of(values).fault == fault);
      }
    }
  }
}

TEST_CASE("minus zero is valid and counts as zero", "[weighted][weight_survey]") {
  const WeightSurvey survey = survey_of(std::vector<double>{-0.0, 1.0, -0.0});
  CHECK(survey.fault == Fault::none);
  CHECK(survey.nonzero == 1);
}

TEST_CASE("no survey depends on steps, threads or level", "[weighted][weight_survey]") {
  std::vector<double> values =
      test::weights_of(test::WeightKind::mostly_zeros, Precision::f64, 5 * kPart + 77);
  values[2 * kPart + 5] = kInfinity;
  values[3 * kPart + 1] = -1;
  values[3 * kPart + 2] = kNan;
  const StoredWeights stored(values, Precision::f64);
  const WeightSurvey expected = survey_of(stored.weights());
  CHECK(expected.fault == Fault::not_finite);
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const std::size_t threads : {1, 2, 3, 7}) {
      const test::ThreadCount count(threads);
      for (const u64 steps : {u64{0}, u64{1}, u64{65535}, u64{65537}, u64{2 * kPart},
                              u64{4 * kPart + 3}, u64{5 * kPart + 77}, ~u64{0}}) {
        INFO(test::name_of(isa) << ", " << threads << " threads, steps of " << steps);
        REQUIRE(survey_of(stored.weights(), steps) == expected);
      }
    }
  }
}

TEST_CASE("a part of a survey is no more than was asked for", "[weighted][weight_survey]") {
  const std::vector<double> values = uniform_weights(3 * kPart + 1);
  const StoredWeights stored(values, Precision::f64);
  for (const auto& [steps, calls] : {std::pair<u64, int>{1, 4}, {2 * kPart, 2}, {4 * kPart, 1}}) {
    WeightSurveyor surveyor(stored.weights());
    int made = 1;
    while (!surveyor.advance(steps)) ++made;
    CHECK(made == calls);
  }
}

TEST_CASE("equal weights have equal fingerprints wherever they lie", "[weighted][weight_survey]") {
  for (const std::size_t n : {1, 31, 1000, 66000}) {
    const std::vector<double> values =
        test::weights_of(test::WeightKind::pareto, Precision::f32, n);
    const StoredWeights doubles(values, Storage::f64, Precision::f64);
    const StoredWeights floats(values, Storage::f32, Precision::f64);
    const WeightSurvey expected = survey_of(doubles.weights());
    CHECK(survey_of(StoredWeights(values, Storage::f64, Precision::f64).weights()) == expected);
    CHECK(survey_of(floats.weights()) == expected);

    // Every third of an array, from its end.
    std::vector<double> spread(3 * n);
    for (std::size_t i = 0; i < n; ++i) spread[3 * (n - 1 - i)] = values[i];
    const Weights reversed{&spread[3 * (n - 1)], n, -24, Storage::f64, Precision::f64};
    CHECK(survey_of(reversed) == expected);

    // Where no double may lie.
    std::vector<std::byte> bytes(8 * n + 1);
    std::memcpy(bytes.data() + 1, values.data(), 8 * n);
    CHECK(survey_of({bytes.data() + 1, n, 8, Storage::f64, Precision::f64}) == expected);
  }
}

TEST_CASE("any single change shows in the fingerprint", "[weighted][weight_survey]") {
  for (const std::size_t n : {1, 2, 33, 100, 200000}) {
    std::vector<double> values = uniform_weights(n);
    values[n / 2] = 0.0;
    const auto before = survey_of(values).fingerprint;
    const std::size_t step = std::max<std::size_t>(1, n / 100);
    for (std::size_t place = 0; place < n; place += n > 1000 ? step + 1 : 1) {
      const double value = values[place];
      for (const double other : {value + 1, std::nextafter(value, 1e9), -value, 0.5}) {
        values[place] = other;
        INFO(other << " for " << value << " at " << place << " of " << n);
        REQUIRE(survey_of(values).fingerprint != before);
      }
      values[place] = value;
    }
    for (const std::size_t place : {n / 2, n - 1}) {
      const double value = values[place];
      values[place] = value == 0 ? -0.0 : -value;  // the sign of zero too
      REQUIRE(survey_of(values).fingerprint != before);
      values[place] = value;
    }
    REQUIRE(survey_of(values).fingerprint == before);
  }
}

TEST_CASE("two weights that change places show in the fingerprint", "[weighted][weight_survey]") {
  std::vector<double> values = uniform_weights(3 * kPart);
  const auto before = survey_of(values).fingerprint;
  // Neighbours, weights of one lane, of lanes that are summed, of two parts.
  for (const std::size_t distance : {1, 8, 16, 32, 64, 1024, 65536, 131072}) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{5}, 3 * kPart - 1 - distance}) {
      INFO(place << " and the one " << distance << " behind it");
      std::swap(values[place], values[place + distance]);
      REQUIRE(survey_of(values).fingerprint != before);
      std::swap(values[place], values[place + distance]);
    }
  }
  // Whole parts.
  std::swap_ranges(values.begin(), values.begin() + kPart, values.begin() + kPart);
  CHECK(survey_of(values).fingerprint != before);
}

double with_flipped(double weight, u64 bits) {
  return std::bit_cast<double>(std::bit_cast<u64>(weight) ^ bits);
}

// A lane mixes its highest bits little: what the first of two weights changes, the second undoes.
TEST_CASE("two changes that undo each other in a lane show", "[weighted][weight_survey]") {
  std::vector<double> values = uniform_weights(200);
  const auto before = survey_of(values).fingerprint;
  for (std::size_t place = 0; place + 32 < values.size(); ++place) {
    const double first = values[place];
    const double second = values[place + 32];
    values[place] = with_flipped(first, u64{1} << 63);
    values[place + 32] = with_flipped(second, u64{1} << 63 | u64{1} << 31);
    INFO(place << " and the next of its lane");
    REQUIRE(survey_of(values).fingerprint != before);
    values[place] = first;
    values[place + 32] = second;
  }
}

TEST_CASE("many changes leave many fingerprints", "[weighted][weight_survey]") {
  std::set<decltype(WeightSurvey::fingerprint)> seen;
  std::vector<double> values(64, 1.0);
  for (std::size_t first = 0; first < 64; ++first) {
    for (std::size_t second = first + 1; second < 64; ++second) {
      values[first] = values[second] = 2.0;
      seen.insert(survey_of(values).fingerprint);
      values[first] = values[second] = 1.0;
    }
  }
  CHECK(seen.size() == 64 * 63 / 2);
}

}  // namespace
}  // namespace fastsamplers::weighted
