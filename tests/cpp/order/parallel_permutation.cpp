// Permutations that are long enough for several threads to share their steps, against the plain
// loop: whole, in blocks while steps run ahead of the reader, and after seeks back and forth.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "fastsamplers/order/parallel_shuffle.hpp"
#include "fastsamplers/order/permutation.hpp"
#include "fastsamplers/order/permutation_stream.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"
#include "sweep.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

constexpr u64 kSeed = 41;
const std::vector<std::size_t> kThreadCounts = test::sweep<std::size_t>({1, 2, 5});
// The least n at which threads share anything, and one at which they run ahead of a reader.
constexpr u64 kLeast = kParallelPlaces + kParallelSteps;
constexpr u64 kLong = 3000000;

const std::vector<i64>& long_permutation() {
  static const std::vector<i64> expected = test::repeated_permutation(kSeed, kLong, kLong);
  return expected;
}

std::span<const i64> part(const std::vector<i64>& expected, u64 first, u64 count) {
  return {expected.data() + first, static_cast<std::size_t>(count)};
}

TEST_CASE("a stream around the least size for threads is the plain loop",
          "[order][parallel_permutation]") {
  for (const u64 n :
       test::sweep({kParallelPlaces - 1, kParallelPlaces, kLeast - 1, kLeast, kLeast + 1})) {
    const std::vector<i64> expected = test::repeated_permutation(kSeed, n, n);
    for (const std::size_t threads : kThreadCounts) {
      const test::ThreadCount active(threads);
      for (const std::size_t block : {n + 1, u64{100003}}) {
        INFO("n " << n << ", " << threads << " threads, blocks of " << block);
        PermutationStream stream(Mt19937(kSeed), n, n);
        REQUIRE(test::first_difference(test::read_rest(stream, block), expected) == test::kSame);
      }
    }
  }
}

TEST_CASE("a long stream in blocks of any size is the plain loop",
          "[order][parallel_permutation]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa level(isa);
    for (const std::size_t threads : kThreadCounts) {
      const test::ThreadCount active(threads);
      for (const std::size_t block :
           test::sweep({kLong + 1, u64{333}, u64{4097}, u64{131073}, u64{500009}})) {
        INFO(test::name_of(isa) << ", " << threads << " threads, blocks of " << block);
        PermutationStream stream(Mt19937(kSeed), kLong, kLong);
        REQUIRE(test::first_difference(test::read_rest(stream, block), long_permutation()) ==
                test::kSame);
      }
    }
  }
}

TEST_CASE("the number of threads may change from read to read", "[order][parallel_permutation]") {
  const test::ThreadCount restored(1);
  PermutationStream stream(Mt19937(kSeed), kLong, kLong);
  std::vector<i64> out(150001);
  for (u64 done = 0; done < kLong; done = stream.position()) {
    set_thread_count(static_cast<i64>(done % 3 * 2 + 1));
    const std::size_t got = stream.next(out);
    REQUIRE(test::first_difference(std::span<const i64>{out.data(), got},
                                   part(long_permutation(), done, got)) == test::kSame);
  }
}

TEST_CASE("seeks back and forth where steps have run ahead", "[order][parallel_permutation]") {
  for (const std::size_t threads : kThreadCounts) {
    const test::ThreadCount active(threads);
    PermutationStream stream(Mt19937(kSeed), kLong, kLong);
    std::vector<i64> out(70001);
    const auto read = [&](u64 position, std::size_t count) {
      INFO(threads << " threads, " << count << " from " << position);
      stream.seek(position);
      REQUIRE(stream.next({out.data(), count}) == count);
      REQUIRE(stream.position() == position + count);
      REQUIRE(test::first_difference(std::span<const i64>{out.data(), count},
                                     part(long_permutation(), position, count)) == test::kSame);
    };
    // Up to where running ahead begins, over it, and to the reader's own end again.
    for (const u64 position : {u64{0}, u64{262143}, u64{262144}, u64{262145}, u64{400000},
                               u64{524288}, u64{530000}, u64{1}, u64{270000}, u64{600000}}) {
      read(position, 1);
      read(position, 70001);
    }
    for (const u64 position : {kLong - kParallelPlaces - 1, kLong - kParallelPlaces,
                               kLong - kParallelPlaces + 1, kLong - 70001, u64{900000}, u64{5}}) {
      read(position, 70001);
    }
  }
}

TEST_CASE("walks over a long stream and into its next turn", "[order][parallel_permutation]") {
  const u64 length = kLong + kLong / 2;
  const std::vector<i64> expected = test::repeated_permutation(kSeed, kLong, length);
  for (const std::size_t threads : kThreadCounts) {
    const test::ThreadCount active(threads);
    INFO(threads << " threads");
    PermutationStream stream(Mt19937(kSeed), kLong, length);
    test::check_interleaving(stream, expected, threads, 30);
  }
}

TEST_CASE("steps and reads of a long shuffle in any order", "[order][parallel_permutation]") {
  std::mt19937 choice(42);
  for (const std::size_t threads : kThreadCounts) {
    const test::ThreadCount active(threads);
    for (int round = 0; round < 6; ++round) {
      ForwardShuffle shuffle(Mt19937(kSeed), kLong);
      for (int move = 0; move < 12; ++move) {
        const u64 done = shuffle.steps_done();
        // Half of the moves go on where the steps end.
        const u64 first = choice() % 2 == 0 ? done : choice() % kLong;
        const u64 count = std::min<u64>(kLong - first, choice() % (choice() % 2 ? 9000 : 500000));
        INFO(threads << " threads, " << count << " from " << first << " with " << done << " done");
        if (choice() % 3 == 0) {
          shuffle.advance(first + count);
          REQUIRE(shuffle.steps_done() == std::max(done, first + count));
          continue;
        }
        std::vector<i64> out(count + 1, -1);
        shuffle.read(first, {out.data(), static_cast<std::size_t>(count)});
        REQUIRE(shuffle.steps_done() >= first + count);
        REQUIRE(out.back() == -1);
        out.pop_back();
        REQUIRE(test::first_difference(out, part(long_permutation(), first, count)) == test::kSame);
      }
    }
  }
}

TEST_CASE("the engine of a long stream goes on to the next turn as torch's would",
          "[order][parallel_permutation]") {
  const std::vector<i64> expected = test::repeated_permutation(kSeed, kLeast, 2 * kLeast + 100);
  for (const std::size_t threads : kThreadCounts) {
    const test::ThreadCount active(threads);
    PermutationStream stream(Mt19937(kSeed), kLeast, expected.size());
    REQUIRE(test::first_difference(test::read_rest(stream, expected.size()), expected) ==
            test::kSame);
  }
}

TEST_CASE("a long inside-out shuffle by any number of threads is the plain loop",
          "[order][parallel_permutation]") {
  for (const u64 n : test::sweep({kLeast - 1, kLeast, kLeast + 1, kLong})) {
    std::mt19937 words = test::words_of(kSeed);
    const std::vector<i64> expected = test::inside_out_permutation(words, n);
    for (const std::size_t threads : kThreadCounts) {
      const test::ThreadCount active(threads);
      for (const u64 steps : test::sweep({n, u64{700001}, u64{131072}, u64{131071}})) {
        INFO("n " << n << ", " << threads << " threads, " << steps << " steps at a time");
        InsideOutShuffle shuffle(Mt19937(kSeed), n);
        for (u64 end = 0; end < n;) {
          end = std::min(n, end + steps);
          shuffle.advance(end);
          REQUIRE(shuffle.steps_done() == end);
        }
        std::vector<i64> out(n);
        shuffle.read(0, out);
        REQUIRE(test::first_difference(out, expected) == test::kSame);
      }
    }
  }
}

// 0.9 GB for each of the two.
TEST_CASE("the inside-out branch by two threads is that by one", "[.large]") {
  const u64 n = kInsideOutFrom + 12345;
  PermutationStream one(Mt19937(kSeed), n, n);
  PermutationStream two(Mt19937(kSeed), n, n);
  const auto prepare = [](PermutationStream& stream, std::size_t threads) {
    const test::ThreadCount active(threads);
    while (!stream.prepare((u64{1} << 24) + 1)) {
    }
  };
  prepare(one, 1);
  prepare(two, 2);
  std::vector<i64> left(1 << 16);
  std::vector<i64> right(left.size());
  u64 read = 0;
  while (const std::size_t got = one.next(left)) {
    REQUIRE(two.next(right) == got);
    REQUIRE(test::first_difference(left, right) == test::kSame);
    read += got;
  }
  CHECK(read == n);
}

// 0.9 GB for each of the two.
TEST_CASE("the longest forward shuffle by two threads is that by one", "[.large]") {
  const u64 n = kInsideOutFrom - 1;
  const auto shuffled = [n](std::size_t threads) {
    const test::ThreadCount active(threads);
    std::vector<u32> places(n, 0);
    ForwardShuffle(Mt19937(kSeed), places).advance(n);
    return places;
  };
  CHECK(test::first_difference(shuffled(1), shuffled(2)) == test::kSame);
}

}  // namespace
}  // namespace fastsamplers::order
