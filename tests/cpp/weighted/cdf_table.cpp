#include "fastsamplers/weighted/cdf_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "fastsamplers/base/memory.hpp"
#include "isa_levels.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"

namespace fastsamplers::weighted {
namespace {

using test::StoredWeights;
using test::WeightKind;

constexpr u64 kEnd = u64{1} << 53;

std::shared_ptr<const CdfTable> table_of(const Weights& weights, u64 steps = u64{1} << 40) {
  CdfTableBuilder builder(weights);
  while (!builder.advance(steps)) {
  }
  return builder.table();
}

std::vector<i64> found_by(const CdfTable& table, const std::vector<u64>& points) {
  std::vector<i64> out(points.size(), -1);
  table.find(points, out.data());
  return out;
}

// The ends, random ones, and those of every `step`-th value of the distribution and beside it.
std::vector<u64> telling_points(const std::vector<double>& distribution, std::size_t step) {
  std::mt19937 random(5);
  std::vector<u64> points = {0, 1, kEnd / 2, kEnd - 2, kEnd - 1};
  for (int i = 0; i < 1000; ++i) points.push_back(test::two_words(random) % kEnd);
  for (std::size_t i = 0; i < distribution.size(); i += step) {
    if (!(distribution[i] <= 1)) continue;  // NaN
    const auto value = static_cast<u64>(distribution[i] * 0x1p53);
    for (const u64 near : {value - 1, value, value + 1}) {
      if (near < kEnd) points.push_back(near);
    }
  }
  return points;
}

std::vector<i64> expected_at(const std::vector<double>& distribution,
                             const std::vector<u64>& points) {
  std::vector<i64> expected;
  for (const u64 point : points) expected.push_back(test::index_at(distribution, point));
  return expected;
}

void check_table(const std::vector<double>& values, const Weights& weights, std::size_t step) {
  const std::vector<double> distribution = test::distribution_of(values, weights.precision);
  const std::vector<u64> points = telling_points(distribution, step);
  const std::vector<i64> expected = expected_at(distribution, points);
  const auto table = table_of(weights);
  REQUIRE(table->size() == values.size());
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    const std::vector<i64> found = found_by(*table, points);
    const std::size_t place = test::first_difference(found, expected);
    if (place == test::kSame) continue;
    FAIL(test::name_of(isa) << ": point " << points[place] << " gave " << found[place] << ", not "
                            << expected[place]);
  }
}

TEST_CASE("a table finds what a search in the distribution finds", "[weighted][cdf_table]") {
  for (const std::size_t n :
       {1, 2, 3, 4, 7, 8, 9, 12, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 100, 1000, 4097, 70000}) {
    for (const WeightKind kind : test::kWeightKinds) {
      for (const Precision precision : test::kPrecisions) {
        INFO(test::name_of(kind) << ", " << test::name_of(precision) << ", n " << n);
        const std::vector<double> values = test::weights_of(kind, precision, n);
        check_table(values, StoredWeights(values, precision).weights(), n > 5000 ? 3 : 1);
      }
    }
  }
}

TEST_CASE("weights between zeros, of every number", "[weighted][cdf_table]") {
  std::mt19937 random(6);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values(1 + random() % 60);
    for (double& value : values) value = random() % 3 == 0 ? random() % 4 : 0;
    values[random() % values.size()] = 1;
    for (const Precision precision : test::kPrecisions) {
      INFO("round " << round);
      check_table(values, StoredWeights(values, precision).weights(), 1);
    }
  }
}

// Shares of all sizes that powers of two tell apart: each line's bits are a few of a long number.
TEST_CASE("values that differ in the last bits only", "[weighted][cdf_table]") {
  for (const std::size_t n : {13, 14, 40, 1000, 20000}) {
    std::vector<double> values(n, 0x1p-53);
    values[0] = 0.5;
    values[n / 2] = 0.5 - static_cast<double>(n) * 0x1p-53;
    INFO("n " << n);
    check_table(values, StoredWeights(values, Precision::f64).weights(), 1);
  }
}

TEST_CASE("the precision decides, not how the weights are stored", "[weighted][cdf_table]") {
  const std::vector<double> values = test::weights_of(WeightKind::pareto, Precision::f32, 5000);
  for (const auto storage : {test::Storage::f64, test::Storage::f32}) {
    for (const Precision precision : test::kPrecisions) {
      check_table(values, StoredWeights(values, storage, precision).weights(), 1);
    }
  }
  // Every other weight, backwards.
  std::vector<double> spread(10000);
  for (std::size_t i = 0; i < 5000; ++i) spread[2 * (4999 - i)] = values[i];
  check_table(values, {&spread[9998], 5000, -16, test::Storage::f64, Precision::f64}, 1);
}

TEST_CASE("no table depends on how it is cut", "[weighted][cdf_table]") {
  for (const WeightKind kind :
       {WeightKind::uniform, WeightKind::one_huge, WeightKind::overflowing}) {
    for (const Precision precision : test::kPrecisions) {
      const std::vector<double> values = test::weights_of(kind, precision, 5000);
      const StoredWeights stored(values, precision);
      const auto points = telling_points(test::distribution_of(values, precision), 1);
      const std::vector<i64> whole = found_by(*table_of(stored.weights()), points);
      for (const u64 steps :
           {u64{0}, u64{1}, u64{7}, u64{1023}, u64{1024}, u64{1025}, u64{5000}, ~u64{0}}) {
        INFO(test::name_of(kind) << ", " << test::name_of(precision) << ", steps of " << steps);
        const auto table = table_of(stored.weights(), steps);
        REQUIRE(test::first_difference(found_by(*table, points), whole) == test::kSame);
      }
    }
  }
}

// From 2^23 weights on a line holds all bits of its values, and crowded ones are kept elsewhere.
TEST_CASE("tables of millions, with and without dropped bits", "[weighted][cdf_table]") {
  for (const std::size_t n : {(std::size_t{1} << 23) - 1, (std::size_t{1} << 23) + 5}) {
    std::vector<double> values(n);
    const auto check = [&](const char* what, auto weight_of) {
      INFO(what << ", n " << n);
      for (std::size_t i = 0; i < n; ++i) values[i] = weight_of(i);
      const Weights weights{values.data(), n, 8, test::Storage::f64, Precision::f64};
      check_table(values, weights, 2011);
    };
    check("one huge, all others in a line of it",
          [](std::size_t i) { return i == 0 ? 1 : 0x1p-50; });
    check("a crowd behind every thousandth",
          [](std::size_t i) { return i % 1000 == 0 ? 1 : 0x1p-30; });
    std::mt19937 random(7);
    check("uniform", [&](std::size_t /*i*/) { return (random() + 1.0) * 0x1p-32; });
  }
}

TEST_CASE("lines in the middle that 13, 14 and more values share", "[weighted][cdf_table]") {
  constexpr std::size_t kN = (std::size_t{1} << 23) + 5;
  std::vector<double> values(kN, 0.0);
  // Runs of tiny weights of every length; each run ends in a weight of many lines.
  std::size_t i = 0;
  for (std::size_t run = 1; i + run + 1 < 100000; run = run % 40 + 1) {
    for (std::size_t k = 0; k < run; ++k) values[i++] = 0x1p-35;
    values[i++] = 1;
  }
  const Weights weights{values.data(), kN, 8, test::Storage::f64, Precision::f64};
  const std::vector<double> distribution = test::distribution_of(values, Precision::f64);
  const auto table = table_of(weights);
  std::vector<u64> points;
  for (std::size_t k = 0; k < i; k += 1) {
    const auto value = static_cast<u64>(distribution[k] * 0x1p53);
    points.insert(points.end(), {value - (value > 0 ? 1 : 0), value, value + 1});
  }
  points.erase(std::remove_if(points.begin(), points.end(), [](u64 p) { return p >= kEnd; }),
               points.end());
  const std::vector<i64> expected = expected_at(distribution, points);
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    REQUIRE(test::first_difference(found_by(*table, points), expected) == test::kSame);
  }
}

TEST_CASE("bytes are those of lines, of values and of crowds", "[weighted][cdf_table]") {
  CHECK(CdfTable(1).bytes() == 2 * 64 + 8);
  CHECK(CdfTable(1000).bytes() == (128 + 1) * 64 + 8 * 1000);
  CHECK(CdfTable(u64{1} << 23).bytes() == ((u64{1} << 21) + 1) * 64);
  std::vector<double> values(u64{1} << 23, 0x1p-50);
  values[0] = 1;
  const auto table =
      table_of({values.data(), values.size(), 8, test::Storage::f64, Precision::f64});
  CHECK(table->bytes() >= CdfTable(values.size()).bytes() + 4 * (values.size() - 20));
}

TEST_CASE("weights that change meanwhile change no more than the draws", "[weighted][cdf_table]") {
  constexpr std::size_t kN = 3000;
  std::mt19937 random(8);
  for (const double other : {0.0, 1e300, -5.0, 1e-300, std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t moment : {0, 1, 2}) {  // a third of a pass each
      StoredWeights stored(test::weights_of(WeightKind::uniform, Precision::f64, kN),
                           Precision::f64);
      CdfTableBuilder builder(stored.weights());
      for (std::size_t call = 0;; ++call) {
        if (call == 2 * moment) {
          for (int i = 0; i < 1500; ++i) stored.set(random() % kN, other);
        }
        if (builder.advance(kN / 3)) break;
      }
      std::vector<u64> points(5000);
      for (u64& point : points) point = test::two_words(random) % kEnd;
      points.back() = kEnd - 1;
      for (const Isa isa : test::supported_levels()) {
        const test::ActiveIsa active(isa);
        const std::vector<i64> found = found_by(*builder.table(), points);
        REQUIRE(*std::min_element(found.begin(), found.end()) >= 0);
        REQUIRE(*std::max_element(found.begin(), found.end()) < static_cast<i64>(kN));
      }
    }
  }
}

TEST_CASE("tables of sizes out of range are refused by name, rule and value",
          "[weighted][cdf_table]") {
  CHECK_THROWS_MATCHES(CdfTable(0), std::invalid_argument,
                       Catch::Message("n should be in [1, 2**52], but got n=0"));
  CHECK_THROWS_MATCHES(CdfTable((u64{1} << 52) + 1), std::invalid_argument,
                       Catch::Message("n should be in [1, 2**52], but got n=4503599627370497"));
  CHECK_THROWS_AS(CdfTableBuilder(Weights{}), std::invalid_argument);
  CHECK_THROWS_AS(CdfTable(u64{1} << 52), std::bad_alloc);
}

#if defined(__linux__)

TEST_CASE("a table that cannot fit is refused before it is begun", "[weighted][cdf_table]") {
  try {
    const CdfTable table(u64{1} << 50);
    FAIL("not refused");
  } catch (const MemoryLimitError& error) {
    CHECK_THAT(error.what(),
               Catch::StartsWith("a table of n=1125899906842624 weights needs 18014398509482048"));
    CHECK_THAT(error.what(), Catch::EndsWith("fewer weights, or replacement=False"));
  }
}

#endif

}  // namespace
}  // namespace fastsamplers::weighted
