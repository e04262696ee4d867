#include "fastsamplers/weighted/race.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "isa_levels.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"

namespace fastsamplers::weighted {
namespace {

using test::StoredWeights;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

struct Visit {
  std::vector<u64> indices;
  std::vector<double> quotients;
};

Visit visit(const Weights& weights, const rng::Mt19937& engine, u64 first, double threshold) {
  Visit seen;
  RaceReader reader(weights, engine, first);
  reader.read(
      weights.size, [=] { return threshold; },
      [&](u64 index, double quotient) {
        seen.indices.push_back(index);
        seen.quotients.push_back(quotient);
      });
  return seen;
}

bool same_double(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// All whose quotient exceeds the threshold come, in order and with that quotient.
void check_visit(const Visit& seen, const std::vector<double>& quotients, double threshold) {
  INFO("threshold " << threshold);
  REQUIRE(std::is_sorted(seen.indices.begin(), seen.indices.end()));
  REQUIRE(std::adjacent_find(seen.indices.begin(), seen.indices.end()) == seen.indices.end());
  std::size_t next = 0;
  for (u64 i = 0; i < quotients.size(); ++i) {
    const bool came = next < seen.indices.size() && seen.indices[next] == i;
    if (came && !same_double(seen.quotients[next], quotients[i])) {
      FAIL("item " << i << " came with " << seen.quotients[next] << ", not " << quotients[i]);
    }
    if (!came && !(quotients[i] <= threshold)) FAIL("item " << i << " did not come");
    next += came ? 1 : 0;
  }
  REQUIRE(next == seen.indices.size());
}

double just_below(double quotient, Precision precision) {
  if (precision == Precision::f64) return std::nextafter(quotient, 0.0);
  return std::nextafter(static_cast<float>(quotient), 0.0F);
}

TEST_CASE("no item above a threshold is ruled out", "[weighted][race_reader]") {
  for (const auto kind : test::kWeightKinds) {
    for (const Precision precision : test::kPrecisions) {
      for (const std::size_t n : {1, 40, 1024, 1025, 5000}) {
        INFO(test::name_of(kind) << ", " << test::name_of(precision) << ", n " << n);
        const std::vector<double> values = test::weights_of(kind, precision, n);
        const StoredWeights stored(values, precision);
        std::mt19937 words = test::words_of(n);
        const auto quotients =
            test::quotients_of(values, test::uniform_points(words, n), precision);
        std::vector<double> thresholds = {-1,       0,     kLeast, 1e-310,   1e-290,
                                          0x1p-900, 1e-46, 1e-40,  1e-35,    0x1p-100,
                                          1,        1e30,  1e38,   kInfinity};
        // A threshold is a quotient, so it is within the precision.
        if (precision == Precision::f64) thresholds.push_back(1e300);
        std::vector<double> sorted = quotients;
        std::sort(sorted.begin(), sorted.end());
        for (const std::size_t rank : {n / 4, n / 2, n - n / 10 - 1, n - 1}) {
          thresholds.push_back(sorted[rank]);
          thresholds.push_back(just_below(sorted[rank], precision));
        }
        for (const Isa isa : test::supported_levels()) {
          const test::ActiveIsa active(isa);
          for (const double threshold : thresholds) {
            check_visit(visit(stored.weights(), rng::Mt19937(n), 0, threshold), quotients,
                        threshold);
          }
        }
      }
    }
  }
}

// The logarithm is closest to u where u is small, and there the filter reads u exactly.
TEST_CASE("no item just above its own threshold is ruled out", "[weighted][race_reader]") {
  std::mt19937 random(4);
  for (const Precision precision : test::kPrecisions) {
    for (const double size : {1.0, 1e30, 1e-25, 1e-36}) {
      std::vector<u64> points;
      std::vector<double> values;
      for (u64 i = 0; i < 311; ++i) {
        // Small whole numbers in the upper 21 bits; nothing, little or all below them.
        const u64 rest = i % 3 == 0 ? 0 : i % 3 == 1 ? random() % 100 : (u64{1} << 32) - 1;
        points.push_back(((i / 3) << 32) + rest);
        values.push_back(size * static_cast<float>(1 + random() * 0x1p-32));
        if (precision == Precision::f32) values[i] = static_cast<float>(values[i]);
      }
      const auto quotients = test::quotients_of(values, points, precision);
      const StoredWeights stored(values, precision);
      const rng::Mt19937 engine = test::engine_that_draws(points);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double below = just_below(quotients[i], precision);
        check_visit(visit(stored.weights(), engine, 0, below), quotients, below);
      }
    }
  }
}

TEST_CASE("a high threshold spares most logarithms", "[weighted][race_reader]") {
  constexpr std::size_t kN = 20000;
  for (const Precision precision : test::kPrecisions) {
    const auto values = test::weights_of(test::WeightKind::uniform, precision, kN);
    const StoredWeights stored(values, precision);
    std::mt19937 words = test::words_of(1);
    auto sorted = test::quotients_of(values, test::uniform_points(words, kN), precision);
    std::sort(sorted.begin(), sorted.end());
    const double threshold = sorted[kN - 201];
    const Visit seen = visit(stored.weights(), rng::Mt19937(1), 0, threshold);
    CHECK(seen.indices.size() >= 200);
    CHECK(seen.indices.size() < 400);
    CHECK(visit(stored.weights(), rng::Mt19937(1), 0, -1).indices.size() == kN);
  }
}

TEST_CASE("a reader begins where it is told", "[weighted][race_reader]") {
  constexpr std::size_t kN = 3000;
  const auto values = test::weights_of(test::WeightKind::pareto, Precision::f64, kN);
  const StoredWeights stored(values, Precision::f64);
  const Visit whole = visit(stored.weights(), rng::Mt19937(2), 0, -1);
  for (const u64 first : {1, 1023, 1024, 2999, 3000}) {
    rng::Mt19937 engine(2);
    engine.skip(2 * first);
    const Visit rest = visit(stored.weights(), engine, first, -1);
    REQUIRE(rest.indices.size() == kN - first);
    REQUIRE(std::equal(rest.indices.begin(), rest.indices.end(),
                       whole.indices.begin() + static_cast<i64>(first)));
    REQUIRE(std::equal(rest.quotients.begin(), rest.quotients.end(),
                       whole.quotients.begin() + static_cast<i64>(first)));
  }
}

TEST_CASE("keys order quotients as torch does, and minus zero is zero", "[weighted][race]") {
  const std::vector<double> ascending = {0.0, kLeast, 1e-300,    0.5,
                                         1.0, 1e300,  kInfinity, std::nan("")};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    CHECK(race_key(ascending[i - 1]) < race_key(ascending[i]));
  }
  CHECK(race_key(-0.0) == race_key(0.0));
  CHECK(race_key(-std::nan("")) == ~u64{0});
  CHECK(Runner{5, 9} < Runner{4, 1});
  CHECK(Runner{5, 1} < Runner{5, 2});
  CHECK_FALSE(Runner{5, 1} < Runner{5, 1});
}

TEST_CASE("a pool keeps the foremost runners, the earlier of equal ones", "[weighted][race]") {
  std::mt19937 random(5);
  for (const u64 keep : {1, 2, 100, 2047, 2048, 2049, 5000, 60000}) {
    for (const double threshold : {-1.0, 0.0, 20.0}) {
      for (const u32 distinct : {40U, 1000000U}) {
        RunnerPool pool(keep, threshold);
        std::vector<Runner> all;
        for (u64 i = 0; i < 30000; ++i) {
          const double quotient = i == 777 ? std::nan("") : random() % distinct;
          pool.add(i, quotient);
          if (!(quotient <= threshold)) all.push_back({race_key(quotient), i});
        }
        std::sort(all.begin(), all.end());
        std::sort(pool.runners().begin(), pool.runners().end());
        const std::size_t kept = std::min<std::size_t>(keep, all.size());
        INFO("keep " << keep << ", threshold " << threshold << ", distinct " << distinct);
        REQUIRE(pool.runners().size() >= kept);
        if (keep > 30000) REQUIRE(pool.runners().size() == all.size());
        REQUIRE(pool.runners().size() <= std::max<u64>(4096, 2 * keep));
        for (std::size_t i = 0; i < kept; ++i) {
          REQUIRE(pool.runners()[i].key == all[i].key);
          REQUIRE(pool.runners()[i].index == all[i].index);
        }
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
