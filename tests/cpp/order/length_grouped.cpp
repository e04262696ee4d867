#include "fastsamplers/order/length_grouped.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "lengths/length_arrays.hpp"
#include "oracle.hpp"
#include "order/plain_grouped_order.hpp"
#include "stream_check.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;
using test::LaidOut;
using test::Random;
using test::Spread;

std::vector<i64> plain_permutation(u64 seed, u64 n) {
  std::mt19937 words = test::words_of(seed);
  return test::forward_permutation(words, n);
}

std::vector<u32> run(LengthGrouped& grouped, u64 steps) {
  while (!grouped.advance(steps)) {
  }
  const StoredIndices indices = grouped.indices();
  return {indices->begin(), indices->end()};
}

template <class T>
void check_order(const std::vector<T>& values, const test::Layout& layout, u64 mega_batch, u64 seed,
                 u64 steps) {
  const LaidOut<T> laid_out(values, layout);
  const auto survey = laid_out.survey();
  INFO(values.size() << " lengths of range " << survey.range() << ", mega-batches of " << mega_batch
                     << ", " << steps << " steps");
  const std::vector<i64> permutation = plain_permutation(seed, values.size());
  const std::vector<i64> expected = test::plain_grouped_order(permutation, values, mega_batch);
  LengthGrouped drawn(Mt19937(seed), laid_out.array(), survey, mega_batch);
  REQUIRE(test::first_difference(run(drawn, steps), expected) == test::kSame);
  LengthGrouped given(PageVector<u32>(permutation.begin(), permutation.end()), laid_out.array(),
                      survey, mega_batch);
  REQUIRE(test::first_difference(run(given, steps), expected) == test::kSame);
}

TEST_CASE("lengths are grouped as transformers does, in mega-batches of any size",
          "[order][length_grouped]") {
  Random random(191);
  for (const std::size_t count : {0, 1, 2, 3, 47, 48, 49, 100, 1000, 5000}) {
    for (const u64 mega_batch : {u64{1}, u64{2}, u64{7}, u64{48}, u64{400}, u64{count} - 1,
                                 u64{count}, u64{count} + 1, ~u64{0}}) {
      if (mega_batch == 0) continue;
      for (const Spread spread : {Spread::any, Spread::few}) {
        const std::vector<i64> values = test::spanning<i64>(random, count, 30, spread);
        check_order(values, {}, mega_batch, random() % 1000, random() % 2 == 0 ? 1 : ~u64{0});
      }
    }
  }
}

TEMPLATE_TEST_CASE("lengths of every type and range at every distance", "[order][length_grouped]",
                   i8, i16, i32, i64, u8, u16, u32, u64) {
  Random random(192);
  std::size_t round = 0;
  for (const u64 range : test::ranges_of<TestType>()) {
    const std::vector<TestType> values =
        test::spanning<TestType>(random, 900, range, test::kSpreads[round % 4]);
    check_order(values, test::kLayouts[round % test::kLayouts.size()], 64, round, 100);
    ++round;
  }
}

TEST_CASE("the first mega-batch of those with the longest gives it up", "[order][length_grouped]") {
  const std::vector<i64> values = {5, 9, 1, 9, 2, 9, 0};
  const LaidOut<i64> laid_out(values);
  const auto grouped = [&](PageVector<u32> permutation) {
    LengthGrouped order(std::move(permutation), laid_out.array(), laid_out.survey(), 2);
    return run(order, ~u64{0});
  };
  CHECK(grouped({0, 2, 4, 1, 3, 5, 6}) == std::vector<u32>{1, 2, 0, 4, 3, 5, 6});
  CHECK(grouped({6, 2, 0, 4, 3, 5, 1}) == std::vector<u32>{3, 6, 0, 4, 2, 5, 1});
  CHECK(grouped({6, 2, 0, 4, 5, 3, 1}) == std::vector<u32>{5, 6, 0, 4, 2, 3, 1});
  CHECK(grouped({3, 1, 0, 5, 2, 4, 6}) == std::vector<u32>{3, 1, 5, 0, 4, 2, 6});
}

// From 2^16 indices on.
TEST_CASE("orders of any number of threads and steps are the same", "[order][length_grouped]") {
  Random random(193);
  for (const std::size_t count : {65535, 65536, 200000}) {
    const std::vector<i32> values = test::spanning<i32>(random, count, 2000, Spread::any);
    for (const std::size_t threads : {1, 2, 3}) {
      const test::ThreadCount active(threads);
      for (const u64 mega_batch : {u64{400}, u64{60000}}) {
        for (const u64 steps : {u64{1000}, ~u64{0}}) {
          check_order(values, {}, mega_batch, 5, steps);
        }
      }
    }
  }
}

TEST_CASE("a grouped order is read as a stream", "[order][length_grouped]") {
  Random random(194);
  const std::vector<u16> values = test::spanning<u16>(random, 3000, 500, Spread::any);
  const LaidOut<u16> laid_out(values);
  LengthGrouped grouped(Mt19937(8), laid_out.array(), laid_out.survey(), 100);
  while (!grouped.advance(500)) {
  }
  const StoredIndices indices = grouped.indices();
  test::check_stream([&] { return std::make_shared<StoredStream>(indices); },
                     test::plain_grouped_order(plain_permutation(8, 3000), values, 100), 1, 30);
}

TEST_CASE("lengths that change leave an order of all samples", "[order][length_grouped]") {
  Random random(195);
  for (const u64 range : {u64{0}, u64{400}, u64{70000}, u64{1} << 40}) {
    LaidOut<i64> values(test::spanning<i64>(random, 3000, range, Spread::any));
    LengthGrouped grouped(Mt19937(1), values.array(), values.survey(), 50);
    while (!grouped.advance(100)) {
      for (int k = 0; k < 50; ++k) values.set(random() % 3000, static_cast<i64>(random()));
    }
    const StoredIndices stored = grouped.indices();
    std::vector<u32> indices(stored->begin(), stored->end());
    std::sort(indices.begin(), indices.end());
    std::vector<u32> expected(3000);
    std::iota(expected.begin(), expected.end(), 0);
    CHECK(indices == expected);
  }
}

TEST_CASE("arguments that make no groups are refused by name", "[order][length_grouped]") {
  const LaidOut<i64> values(std::vector<i64>{1, 2, 3});
  const auto survey = values.survey();
  CHECK_THROWS_MATCHES(LengthGrouped(Mt19937(1), values.array(), survey, 0), std::invalid_argument,
                       Catch::Message("mega_batch should be positive, but got mega_batch=0"));
  auto many = values.array();
  many.size = u64{1} << 32;
  CHECK_THROWS_MATCHES(
      LengthGrouped(Mt19937(1), many, survey, 1000), std::invalid_argument,
      Catch::Message("lengths should be fewer than 2**32, but got lengths=4294967296"));
  const auto given = [&](PageVector<u32> permutation) {
    LengthGrouped(std::move(permutation), values.array(), survey, 2);
  };
  CHECK_NOTHROW(given({2, 1, 0}));
  CHECK_THROWS_MATCHES(
      given({1, 0}), std::invalid_argument,
      Catch::Message("permutation should be as long as the lengths, but got permutation=2"));
  CHECK_THROWS_MATCHES(
      given({1, 0, 3}), std::invalid_argument,
      Catch::Message("permutation should be of indices of the lengths, but got permutation=3"));
}

}  // namespace
}  // namespace fastsamplers::order
