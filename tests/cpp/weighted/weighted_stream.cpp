// Draws with replacement: one after another, and by several threads.

#include "fastsamplers/weighted/weighted_stream.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>

#include "fastsamplers/weighted/parallel_draws.hpp"
#include "isa_levels.hpp"
#include "multinomial.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::weighted {
namespace {

using rng::Mt19937;
using test::WeightKind;

std::vector<double> weights_for(WeightKind kind, std::size_t n) {
  return test::weights_of(kind, Precision::f64, n);
}

std::shared_ptr<const CdfTable> table_of(const std::vector<double>& values) {
  const test::StoredWeights stored(values, Precision::f64);
  CdfTableBuilder builder(stored.weights());
  while (!builder.advance(values.size())) {
  }
  return builder.table();
}

std::vector<i64> expected_of(const std::vector<double>& values, u64 seed, std::size_t length) {
  const std::vector<double> distribution = test::distribution_of(values, Precision::f64);
  std::mt19937 words = test::words_of(seed);
  std::vector<i64> expected;
  for (const u64 point : test::uniform_points(words, length)) {
    expected.push_back(test::index_at(distribution, point));
  }
  return expected;
}

TEST_CASE("weighted draws are a stream", "[weighted][weighted_stream]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const std::size_t n : {1, 10, 20000}) {
      const std::vector<double> values = weights_for(WeightKind::pareto, n);
      const auto table = table_of(values);
      for (const std::size_t length : {0, 1, 511, 512, 513, 1025, 9000}) {
        INFO(test::name_of(isa) << ", n " << n << ", length " << length);
        test::check_stream(
            [=] { return std::make_shared<WeightedStream>(table, Mt19937(n), length); },
            expected_of(values, n, length), length, 40);
      }
    }
  }
}

TEST_CASE("weighted draws at every length", "[weighted][weighted_stream]") {
  const std::vector<double> values = weights_for(WeightKind::mostly_zeros, 1000);
  const auto table = table_of(values);
  for (const std::size_t length : test::edge_sizes()) {
    INFO("length " << length);
    test::check_stream(
        [=] { return std::make_shared<WeightedStream>(table, Mt19937(length), length); },
        expected_of(values, length, length), 3, 40);
  }
}

TEST_CASE("a seek far ahead skips the words of the draws in between",
          "[weighted][weighted_stream]") {
  constexpr u64 kMostLength = (u64{1} << 63) - 1;
  constexpr u64 kPlace = 2000001;
  const std::vector<double> values = weights_for(WeightKind::uniform, 100);
  WeightedStream stream(table_of(values), Mt19937(4), kMostLength);
  stream.seek(kPlace);
  std::mt19937 words = test::words_of(4);
  words.discard(2 * kPlace);
  std::array<i64, 40> out{};
  REQUIRE(stream.next(out) == out.size());
  const std::vector<double> distribution = test::distribution_of(values, Precision::f64);
  for (const i64 index : out) {
    REQUIRE(index == test::index_at(distribution, test::uniform_points(words, 1)[0]));
  }
  CHECK(stream.position() == kPlace + out.size());
  CHECK_THROWS_MATCHES(
      WeightedStream(nullptr, Mt19937(4), kMostLength + 1), std::invalid_argument,
      Catch::Message("length should be at most 2**63 - 1, but got length=9223372036854775808"));
}

TEST_CASE("the draws that a seek passes can be skipped in parts", "[weighted][weighted_stream]") {
  WeightedStream stream(table_of({1.0}), Mt19937(1), 1000);
  stream.seek(250);
  CHECK_FALSE(stream.prepare(100));
  CHECK_FALSE(stream.prepare(100));
  CHECK(stream.prepare(50));
  CHECK(stream.position() == 250);
}

TEST_CASE("the engine that draws were given stays where it is", "[weighted][weighted_stream]") {
  const Mt19937 engine(6);
  const Mt19937 before = engine;
  const auto table = table_of({1.0, 2.0});
  WeightedStream stream(table, engine, 5000);
  test::read_rest(stream, 100);
  std::vector<i64> out(5000);
  ParallelDraws draws(table, engine, out);
  while (!draws.advance(1000)) {
  }
  CHECK(test::same_state(engine, before));
}

TEST_CASE("draws leave the engine behind the words they took", "[weighted][weighted_stream]") {
  const auto table = table_of(weights_for(WeightKind::uniform, 50));
  for (const std::size_t count : {0, 1, 511, 512, 513, 3000}) {
    Mt19937 engine(9);
    Mt19937 skipped(9);
    std::vector<i64> out(count);
    draw_from_table(*table, engine, out);
    skipped.skip(2 * count);
    INFO(count << " draws");
    CHECK(engine.random64() == skipped.random64());
  }
}

TEST_CASE("a table beyond the caches makes a slow stream", "[weighted][weighted_stream]") {
  const auto is_slow = [](std::size_t n) {
    return WeightedStream(table_of(weights_for(WeightKind::uniform, n)), Mt19937(1), 10).is_slow();
  };
  CHECK_FALSE(is_slow(1000));
  CHECK(is_slow(300000));
}

TEST_CASE("threads draw what one stream draws", "[weighted][parallel_draws]") {
  const std::vector<double> values = weights_for(WeightKind::pareto, 5000);
  const auto table = table_of(values);
  for (const std::size_t length : {0, 1, 65535, 65536, 65537, 200001}) {
    const std::vector<i64> expected = expected_of(values, length, length);
    for (const std::size_t threads : {1, 2, 3, 7}) {
      const test::ThreadCount count(threads);
      for (const u64 steps : {u64{1000}, u64{65536}, u64{100001}, ~u64{0}}) {
        INFO(length << " draws, " << threads << " threads, steps of " << steps);
        std::vector<i64> out(length + 1, -1);
        ParallelDraws draws(table, Mt19937(length), std::span(out).first(length));
        while (!draws.advance(steps)) {
        }
        REQUIRE(out.back() == -1);
        out.pop_back();
        REQUIRE(test::first_difference(out, expected) == test::kSame);
      }
    }
  }
}

TEST_CASE("draws can be made one by one", "[weighted][parallel_draws]") {
  const std::vector<double> values = weights_for(WeightKind::uniform, 10);
  const auto table = table_of(values);
  for (const u64 steps : {0, 1, 2, 3}) {
    std::vector<i64> out(100);
    ParallelDraws draws(table, Mt19937(3), out);
    u64 calls = 1;
    while (!draws.advance(steps)) ++calls;
    CHECK(calls == (99 + std::max<u64>(1, steps)) / std::max<u64>(1, steps));
    CHECK(out == expected_of(values, 3, 100));
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
