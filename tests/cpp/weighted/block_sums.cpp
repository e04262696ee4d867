#include "fastsamplers/weighted/block_sums.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "fastsamplers/base/memory.hpp"
#include "isa_levels.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::weighted {
namespace {

using test::StoredWeights;
using test::WeightKind;

BlockSums sums_of(const Weights& weights, u64 steps = u64{1} << 40) {
  BlockSums sums(weights);
  while (!sums.advance(steps)) {
  }
  return sums;
}

std::vector<i64> draw(const BlockSums& sums, const Weights& weights, const rng::Mt19937& engine,
                      std::size_t count) {
  std::vector<i64> out(count, -1);
  draw_by_blocks(sums, weights, engine, out);
  return out;
}

std::vector<i64> expected_at(const std::vector<double>& distribution,
                             const std::vector<u64>& points) {
  std::vector<i64> expected;
  for (const u64 point : points) expected.push_back(test::index_at(distribution, point));
  return expected;
}

TEST_CASE("draws by blocks are those of a search in the distribution", "[weighted][block_sums]") {
  for (const std::size_t n : {1, 2, 3, 100, 255, 256, 257, 511, 512, 513, 1024, 5000, 70000}) {
    for (const WeightKind kind : test::kWeightKinds) {
      for (const Precision precision : test::kPrecisions) {
        const std::vector<double> values = test::weights_of(kind, precision, n);
        const StoredWeights stored(values, precision);
        const BlockSums sums = sums_of(stored.weights());
        const std::vector<double> distribution = test::distribution_of(values, precision);
        for (const std::size_t count : {0, 1, 2, 63, 64, 65, 1000}) {
          INFO(test::name_of(kind)
               << ", " << test::name_of(precision) << ", n " << n << ", " << count << " draws");
          std::mt19937 words = test::words_of(count);
          const auto expected = expected_at(distribution, test::uniform_points(words, count));
          const auto out = draw(sums, stored.weights(), rng::Mt19937(count), count);
          REQUIRE(test::first_difference(out, expected) == test::kSame);
        }
      }
    }
  }
}

TEST_CASE("draws by blocks on the very values of the distribution", "[weighted][block_sums]") {
  for (const WeightKind kind : test::kWeightKinds) {
    for (const Precision precision : test::kPrecisions) {
      const std::vector<double> values = test::weights_of(kind, precision, 1500);
      const StoredWeights stored(values, precision);
      const BlockSums sums = sums_of(stored.weights());
      const std::vector<double> distribution = test::distribution_of(values, precision);
      std::vector<u64> points = {0, 1, (u64{1} << 53) - 1};
      // The ends of blocks and others; as many as an engine can be told to draw.
      for (std::size_t i = 0; points.size() < 300 && i < values.size(); i += 15) {
        for (const std::size_t at : {i, i / 256 * 256 + 255}) {
          if (at >= values.size() || !(distribution[at] < 1)) continue;
          const auto value = static_cast<u64>(distribution[at] * 0x1p53);
          points.insert(points.end(), {value, value + 1});
        }
      }
      points.resize(std::min<std::size_t>(points.size(), 311));
      for (u64& point : points) point = std::min(point, (u64{1} << 53) - 1);
      std::shuffle(points.begin(), points.end(), std::mt19937(1));
      INFO(test::name_of(kind) << ", " << test::name_of(precision));
      const auto out = draw(sums, stored.weights(), test::engine_that_draws(points), points.size());
      REQUIRE(test::first_difference(out, expected_at(distribution, points)) == test::kSame);
    }
  }
}

TEST_CASE("draws by blocks are the same by any number of threads", "[weighted][block_sums]") {
  const std::vector<double> values = test::weights_of(WeightKind::pareto, Precision::f64, 20000);
  const StoredWeights stored(values, Precision::f64);
  const BlockSums sums = sums_of(stored.weights());
  const std::vector<double> distribution = test::distribution_of(values, Precision::f64);
  for (const std::size_t count : {4095, 4096, 4097, 50000}) {
    std::mt19937 words = test::words_of(2);
    const auto expected = expected_at(distribution, test::uniform_points(words, count));
    for (const std::size_t threads : {1, 2, 3, 7}) {
      const test::ThreadCount team(threads);
      INFO(count << " draws, " << threads << " threads");
      const auto out = draw(sums, stored.weights(), rng::Mt19937(2), count);
      REQUIRE(test::first_difference(out, expected) == test::kSame);
    }
  }
}

TEST_CASE("no sums depend on how they are cut", "[weighted][block_sums]") {
  for (const Precision precision : test::kPrecisions) {
    const std::vector<double> values = test::weights_of(WeightKind::uniform, precision, 3001);
    const StoredWeights stored(values, precision);
    const BlockSums whole = sums_of(stored.weights());
    CHECK(whole.size() == 3001);
    CHECK(whole.precision() == precision);
    REQUIRE(whole.block_count() == 12);
    for (const u64 steps : {u64{0}, u64{1}, u64{255}, u64{256}, u64{257}, u64{3001}, ~u64{0}}) {
      const BlockSums sums = sums_of(stored.weights(), steps);
      REQUIRE(sums.block_count() == 12);
      for (u64 block = 0; block <= 12; ++block) REQUIRE(sums.before(block) == whole.before(block));
    }
  }
}

TEST_CASE("weights that change after they were summed change the draws alone",
          "[weighted][block_sums]") {
  constexpr std::size_t kN = 3000;
  std::mt19937 random(3);
  for (const double other : {0.0, 1e300, -5.0, std::nan(""), HUGE_VAL}) {
    StoredWeights stored(test::weights_of(WeightKind::uniform, Precision::f64, kN), Precision::f64);
    const BlockSums sums = sums_of(stored.weights());
    for (int i = 0; i < 1500; ++i) stored.set(random() % kN, other);
    const auto out = draw(sums, stored.weights(), rng::Mt19937(4), 2000);
    REQUIRE(*std::min_element(out.begin(), out.end()) >= 0);
    REQUIRE(*std::max_element(out.begin(), out.end()) < static_cast<i64>(kN));
  }
}

TEST_CASE("other weights than were summed up are refused", "[weighted][block_sums]") {
  CHECK_THROWS_AS(BlockSums(Weights{}), std::invalid_argument);
  const StoredWeights two({1.0, 2.0}, Precision::f64);
  const StoredWeights three({1.0, 2.0, 3.0}, Precision::f64);
  const BlockSums sums = sums_of(two.weights());
  std::vector<i64> out(5);
  CHECK_THROWS_AS(draw_by_blocks(sums, three.weights(), rng::Mt19937(1), out),
                  std::invalid_argument);
}

#if defined(__linux__)

TEST_CASE("draws that cannot be sorted are refused", "[weighted][block_sums]") {
  CHECK_NOTHROW(require_block_draws_memory(1000));
  CHECK_THROWS_AS(require_block_draws_memory(u64{1} << 50), MemoryLimitError);
}

#endif

}  // namespace
}  // namespace fastsamplers::weighted
