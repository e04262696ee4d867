// Sizes at which several threads begin to sort, and calls that sort a part.

#include <catch2/catch.hpp>
#include <vector>

#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "fastsamplers/lengths/parted_passes.hpp"
#include "lengths/argsort_case.hpp"
#include "lengths/length_arrays.hpp"
#include "oracle.hpp"
#include "sweep.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::lengths {
namespace {

using test::GuardedOrder;
using test::LaidOut;
using test::Random;
using test::Spread;

template <class Out>
void check_order(const IntegerArray& array, const LengthSurvey& survey, bool descending,
                 const std::vector<u32>& expected) {
  for (const std::size_t threads : test::sweep({1, 2, 3})) {
    const test::ThreadCount active(threads);
    for (const u64 steps : {u64{1}, 2 * kLeastChunk - 1, 2 * kLeastChunk, ~u64{0}}) {
      // One thread goes through the calls, more of them through the large ones.
      if (threads != 2 && steps == 2 * kLeastChunk) continue;
      INFO(threads << " threads, " << steps << " steps, descending " << descending);
      GuardedOrder<Out> order(array.size);
      BucketArgsort<Out> argsort(array, survey, descending, order.span());
      const u64 calls = test::run_argsort(argsort, steps);
      REQUIRE(test::first_difference(order.span(), expected) == test::kSame);
      REQUIRE(order.is_guarded());
      // Values are counted, then moved at least once.
      const u64 chunk = std::max(steps, kLeastChunk);
      REQUIRE(calls >= 2 * (array.size / chunk + (array.size % chunk == 0 ? 0 : 1)));
    }
  }
}

template <class T>
void check_sizes(u64 range, Spread spread) {
  Random random(range);
  const std::size_t least = kLeastChunk;
  for (const std::size_t count : test::sweep({least - 1, least, least + 1, 2 * least - 1, 2 * least,
                                              2 * least + 1, 4 * least + 77})) {
    const std::vector<T> values = test::spanning<T>(random, count, range, spread);
    const LaidOut<T> laid_out(values, test::kLayouts[count % test::kLayouts.size()]);
    const LengthSurvey survey = laid_out.survey();
    INFO(count << " values of range " << range);
    const bool descending = count % 2 == 0;
    const std::vector<u32> expected = test::plain_argsort(values, descending);
    if (random() % 2 == 0) {
      check_order<u32>(laid_out.array(), survey, descending, expected);
    } else {
      check_order<i64>(laid_out.array(), survey, descending, expected);
    }
  }
}

TEST_CASE("few buckets, by any number of threads and calls", "[lengths][argsort]") {
  check_sizes<i16>(0, Spread::any);
  check_sizes<i16>(12, Spread::any);
  check_sizes<i32>(255, Spread::falling);
}

// Between 2,048 and 40,000 buckets with 32 values each, indices are collected before they are
// written.
TEST_CASE("buckets that are written by the line", "[lengths][argsort]") {
  check_sizes<i16>(2047, Spread::any);
  check_sizes<i32>(8191, Spread::any);
  check_sizes<u16>(7000, Spread::few);
  check_sizes<i64>(16383, Spread::falling);
}

TEST_CASE("as many buckets as can be, by any number of threads and calls", "[lengths][argsort]") {
  check_sizes<i16>(65535, Spread::any);
  check_sizes<i64>(65535, Spread::few);
}

TEST_CASE("pairs in words, by any number of threads and calls", "[lengths][argsort]") {
  check_sizes<i32>(65536, Spread::any);
  check_sizes<u32>(0xffffffff, Spread::few);
}

TEST_CASE("wide pairs, by any number of threads and calls", "[lengths][argsort]") {
  check_sizes<i64>(u64{1} << 32, Spread::any);
  check_sizes<u64>(~u64{0}, Spread::rising);
}

}  // namespace
}  // namespace fastsamplers::lengths
