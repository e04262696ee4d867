#include "fastsamplers/batch/bucket_batches.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "batch/plain_plans.hpp"
#include "batch/plan_check.hpp"
#include "lengths/length_arrays.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::batch {
namespace {

using test::Batches;
using test::LaidOut;
using test::Random;
using test::Spread;

Batches built(const IntegerArray& array, const lengths::LengthSurvey& survey,
              const BucketRule& rule, u64 steps) {
  BucketBatchesBuilder builder(array, survey, rule);
  while (!builder.advance(steps)) {
  }
  const auto plan = builder.plan();
  Batches batches = test::batches_of(*plan);
  CHECK(batches.size() == rule.batches(array.size));
  CHECK_FALSE(plan->has_bins());
  return batches;
}

template <class T>
void check_plan(const std::vector<T>& values, const test::Layout& layout, BucketRule rule,
                u64 steps) {
  const LaidOut<T> laid_out(values, layout);
  const auto survey = laid_out.survey();
  for (const bool shuffle : {true, false}) {
    for (const bool drop_last : {true, false}) {
      rule.shuffle = shuffle;
      rule.drop_last = drop_last;
      INFO(values.size() << " samples of range " << survey.range() << ", batches of "
                         << rule.batch_size << ", windows of " << rule.window << ", shuffle "
                         << shuffle << ", drop_last " << drop_last << ", " << steps << " steps");
      const Batches batches = built(laid_out.array(), survey, rule, steps);
      REQUIRE(test::first_different_batch(batches, test::plain_bucket_batches(values, rule)) ==
              test::kSameBatches);
      const u64 n = values.size();
      test::check_samples(batches, n, drop_last ? n - n % rule.batch_size : n);
    }
  }
}

TEMPLATE_TEST_CASE("batches of sorted windows, of every type", "[batch][bucket]", i8, i16, i32, i64,
                   u8, u16, u32, u64) {
  Random random(121);
  std::size_t round = 0;
  for (const u64 range : test::ranges_of<TestType>()) {
    for (const std::size_t count : {1, 49, 1000, 4500}) {
      const Spread spread = round % 2 == 0 ? Spread::any : Spread::few;
      const std::vector<TestType> values = test::spanning<TestType>(random, count, range, spread);
      const u64 batch_size = random() % 60 + 1;
      check_plan(values, test::kLayouts[round++ % test::kLayouts.size()],
                 {batch_size, random() % 20 + 1, true, false, random(), random() % 5},
                 random() % 3000);
    }
  }
}

TEST_CASE("batches of every size, in windows of every size", "[batch][bucket]") {
  Random random(122);
  for (const std::size_t count : {0, 1, 2, 5, 6, 7, 48, 100, 1023, 1025, 3000}) {
    const std::vector<u16> values = test::spanning<u16>(random, count, 300, Spread::any);
    for (const u64 batch_size :
         {u64{1}, u64{2}, u64{3}, u64{7}, u64{50}, u64{1000}, u64{3001}, ~u64{0}}) {
      for (const u64 window : {u64{1}, u64{2}, u64{5}, u64{100}, u64{1} << 40, ~u64{0}}) {
        check_plan(values, {}, {batch_size, window, true, false, 3, 4}, ~u64{0});
      }
    }
  }
}

// From 2^16 samples on; windows of some hundreds, of nearly all and of all samples.
TEST_CASE("plans of any number of threads and steps are the same", "[batch][bucket]") {
  Random random(123);
  for (const std::size_t count : {65535, 65536, 300000}) {
    const std::vector<i32> values = test::spanning<i32>(random, count, 5000, Spread::any);
    const LaidOut<i32> laid_out(values);
    const auto survey = laid_out.survey();
    for (const u64 window : {u64{10}, u64{1600}, ~u64{0}}) {
      const BucketRule rule{40, window, true, false, 5, 6};
      const Batches expected = test::plain_bucket_batches(values, rule);
      for (const std::size_t threads : {1, 2, 3}) {
        const test::ThreadCount active(threads);
        for (const u64 steps : {u64{0}, u64{1000}, ~u64{0}}) {
          INFO(count << " samples, windows of " << window << ", " << threads << " threads, "
                     << steps << " steps");
          REQUIRE(test::first_different_batch(built(laid_out.array(), survey, rule, steps),
                                              expected) == test::kSameBatches);
        }
      }
    }
  }
}

// A call sorts one window at least, and no more than it was told.
TEST_CASE("a plan is made step by step", "[batch][bucket]") {
  const std::vector<i64> values(1000);
  const LaidOut<i64> laid_out(values);
  const auto calls = [&](u64 steps) {
    BucketBatchesBuilder builder(laid_out.array(), laid_out.survey(), {10, 2, false, false, 0, 0});
    u64 count = 1;
    while (!builder.advance(steps)) ++count;
    return count;
  };
  CHECK(calls(0) == 50);
  CHECK(calls(1) == 50);
  CHECK(calls(59) == 25);
  CHECK(calls(60) == 17);
  CHECK(calls(~u64{0}) == 1);
}

TEST_CASE("each seed and each epoch has a plan of its own, and the same again", "[batch][bucket]") {
  Random random(124);
  const LaidOut<i64> laid_out(test::spanning<i64>(random, 500, 20, Spread::any));
  const auto survey = laid_out.survey();
  std::set<Batches> seen;
  for (u64 seed = 0; seed < 6; ++seed) {
    for (u64 epoch = 0; epoch < 6; ++epoch) {
      const BucketRule rule{8, 4, true, false, seed, epoch};
      const Batches batches = built(laid_out.array(), survey, rule, ~u64{0});
      CHECK(seen.insert(batches).second);
      CHECK(built(laid_out.array(), survey, rule, 10) == batches);
    }
  }
}

// What drop_last leaves out is what the shuffle put last: another part in each epoch.
TEST_CASE("the samples that are dropped are not always the longest", "[batch][bucket]") {
  std::vector<i64> values(107);
  std::iota(values.begin(), values.end(), 0);
  const LaidOut<i64> laid_out(values);
  std::set<i64> dropped;
  for (u64 epoch = 0; epoch < 200; ++epoch) {
    const Batches batches =
        built(laid_out.array(), laid_out.survey(), {10, 100, true, true, 1, epoch}, ~u64{0});
    const std::vector<i64> all = test::joined(batches);
    const std::set<i64> kept(all.begin(), all.end());
    for (i64 index = 0; index < 107; ++index) {
      if (kept.count(index) == 0) dropped.insert(index);
    }
  }
  CHECK(dropped.size() == 107);
}

TEST_CASE("lengths that change leave a plan of all samples", "[batch][bucket]") {
  Random random(125);
  for (const u64 range : {u64{0}, u64{400}, u64{70000}, u64{1} << 40}) {
    LaidOut<i64> values(test::spanning<i64>(random, 3000, range, Spread::any));
    const BucketRule rule{16, 5, true, false, 7, 8};
    BucketBatchesBuilder builder(values.array(), values.survey(), rule);
    for (std::size_t call = 0; !builder.advance(80); ++call) {
      for (std::size_t k = 0; k < 50; ++k) {
        values.set(random() % 3000, static_cast<i64>(random()));
      }
    }
    const Batches batches = test::batches_of(*builder.plan());
    test::check_samples(batches, 3000, 3000);
  }
}

TEST_CASE("arguments that make no batches are refused by name", "[batch][bucket]") {
  const LaidOut<i64> values(std::vector<i64>{1, 2, 3});
  const auto survey = values.survey();
  CHECK_THROWS_MATCHES(BucketBatchesBuilder(values.array(), survey, {0, 1, true, false, 0, 0}),
                       std::invalid_argument,
                       Catch::Message("batch_size should be positive, but got batch_size=0"));
  CHECK_THROWS_MATCHES(BucketBatchesBuilder(values.array(), survey, {1, 0, true, false, 0, 0}),
                       std::invalid_argument,
                       Catch::Message("window should be positive, but got window=0"));
  auto many = values.array();
  many.size = u64{1} << 32;
  CHECK_THROWS_MATCHES(
      BucketBatchesBuilder(many, survey, {1, 1, true, false, 0, 0}), std::invalid_argument,
      Catch::Message("lengths should be fewer than 2**32, but got lengths=4294967296"));
}

}  // namespace
}  // namespace fastsamplers::batch
