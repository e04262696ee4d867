// Every stride-th index of a permutation, which is read without the ones between, against the plain
// reading: from the sparse table, from the array, across turns, and from the inside-out shuffle.

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
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

constexpr u64 kSeed = 51;
const std::vector<u64> kStrides = test::sweep<u64>({1, 2, 7, 8, 1000});
constexpr i64 kGuard = -1;

std::vector<i64> every(const std::vector<i64>& expected, u64 first, u64 stride, u64 count) {
  std::vector<i64> all;
  for (u64 i = first; all.size() < count && i < expected.size();) {
    all.push_back(expected[i]);
    i += std::min(stride, expected.size() - i);
  }
  return all;
}

// Reads from `first` to the end in blocks of `block`.
void check_strided(PermutationStream& stream, const std::vector<i64>& expected, u64 first,
                   u64 stride, std::size_t block) {
  INFO("from " << first << " of " << expected.size() << " by " << stride << " in blocks of "
               << block);
  const std::vector<i64> wanted = every(expected, first, stride, expected.size());
  stream.seek(first);
  std::vector<i64> all;
  while (true) {
    const u64 before = stream.position();
    std::vector<i64> out(block + 1, kGuard);
    const std::size_t got = stream.next_strided({out.data(), block}, stride);
    REQUIRE(got == std::min<u64>(block, wanted.size() - all.size()));
    REQUIRE(out[got] == kGuard);
    const u64 rest = expected.size() - before;
    const u64 moved = got > 0 && stride > rest / got ? rest : got * stride;
    REQUIRE(stream.position() == before + moved);
    if (got == 0) break;
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got));
  }
  REQUIRE(test::first_difference(all, wanted) == test::kSame);
}

TEST_CASE("strides across the turns of small permutations", "[order][strided_permutation]") {
  for (const u64 n : {1, 2, 3, 5, 8, 9, 64, 100, 999, 1000, 1001}) {
    for (const u64 length : {n, 2 * n, 3 * n + n / 2 + 1, 40 + 7 * n}) {
      const std::vector<i64> expected = test::repeated_permutation(kSeed, n, length);
      PermutationStream stream(Mt19937(kSeed), n, length);
      for (const u64 stride : {u64{1}, u64{2}, u64{3}, u64{7}, u64{8}, u64{1000}, n, n + 1,
                               2 * n + 1, length, std::numeric_limits<u64>::max()}) {
        for (const u64 first : {u64{0}, u64{1}, n - 1, n, length - 1, length}) {
          if (first > length) continue;
          for (const std::size_t block : {1, 3, 1000}) {
            if (length / stride / block > 500) continue;
            check_strided(stream, expected, first, stride, block);
          }
        }
      }
    }
  }
}

TEST_CASE("strides through the sparse table and out of it", "[order][strided_permutation]") {
  const u64 n = (u64{1} << 18) + 5;
  const std::vector<i64> expected = test::repeated_permutation(kSeed, n, n);
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 stride : kStrides) {
      for (const u64 first : {u64{0}, u64{1}, u64{100}, u64{4090}, u64{4095}, u64{4096}}) {
        // The last index is the table's last one, that after it, and some around.
        const u64 to_end = (SparseShuffle::kCapacity - std::min(first, SparseShuffle::kCapacity));
        for (const u64 count :
             {to_end / stride, to_end / stride + 1, to_end / stride + 2, u64{3}}) {
          INFO(test::name_of(isa) << ", " << count << " from " << first << " by " << stride);
          PermutationStream stream(Mt19937(kSeed), n, n);
          stream.seek(first);
          std::vector<i64> out(count);
          // Twice: what is drawn for the first time, and what is looked up.
          for (int time = 0; time < 2; ++time) {
            stream.seek(first);
            REQUIRE(stream.next_strided(out, stride) == count);
            REQUIRE(out == every(expected, first, stride, count));
          }
          // The plain reading goes on from there.
          const u64 position = stream.position();
          std::vector<i64> rest(50);
          REQUIRE(stream.next(rest) == 50);
          REQUIRE(rest == every(expected, position, 1, 50));
        }
      }
      PermutationStream stream(Mt19937(kSeed), n, n);
      check_strided(stream, expected, 3, stride, 333);
    }
  }
}

TEST_CASE("strides, plain reads and steps of one shuffle in any order",
          "[order][strided_permutation]") {
  std::mt19937 choice(52);
  for (const u64 n : {u64{1}, u64{700}, u64{5000}, u64{1} << 18}) {
    std::mt19937 words = test::words_of(kSeed);
    const std::vector<i64> expected = test::forward_permutation(words, n);
    for (int round = 0; round < 30; ++round) {
      ForwardShuffle shuffle(Mt19937(kSeed), n);
      for (int move = 0; move < 20; ++move) {
        const u64 first = choice() % std::min<u64>(n, choice() % 2 == 0 ? n : 4096);
        const u64 stride = kStrides[choice() % 5];
        const u64 most = (n - 1 - first) / stride + 1;
        const u64 count = choice() % (std::min<u64>(most, 3000) + 1);
        const u64 done = shuffle.steps_done();
        INFO("n " << n << ", " << count << " from " << first << " by " << stride << ", " << done
                  << " done");
        if (choice() % 4 == 0) shuffle.advance(first);
        std::vector<i64> out(count + 1, kGuard);
        shuffle.read_strided(first, stride, {out.data(), static_cast<std::size_t>(count)});
        REQUIRE(out.back() == kGuard);
        out.pop_back();
        REQUIRE(out == every(expected, first, stride, count));
        if (count > 0) REQUIRE(shuffle.steps_done() > first + (count - 1) * stride);
      }
    }
  }
}

TEST_CASE("strides over a long permutation by any number of threads",
          "[order][strided_permutation]") {
  for (const u64 n : {kParallelPlaces + kParallelSteps + 1, u64{3000000}}) {
    const std::vector<i64> expected = test::repeated_permutation(kSeed, n, n + n / 4);
    for (const std::size_t threads : test::sweep({1, 2, 5})) {
      const test::ThreadCount active(threads);
      INFO(threads << " threads");
      for (const u64 stride : kStrides) {
        PermutationStream stream(Mt19937(kSeed), n, expected.size());
        check_strided(stream, expected, stride / 2, stride, 100003 / stride);
        // Back into what is done, and to the end of the turn.
        check_strided(stream, expected, 777777, stride, n);
      }
    }
  }
}

TEST_CASE("strides of an inside-out shuffle", "[order][strided_permutation]") {
  constexpr u64 kSteps = 10007;
  std::mt19937 words = test::words_of(kSeed);
  const std::vector<i64> expected = test::inside_out_permutation(words, kSteps);
  // Above 2^32 a place has 8 bytes; the first steps touch the first places only.
  std::vector<u64> wide(kSteps);
  InsideOutShuffle above(Mt19937(kSeed), (u64{1} << 32) + 1, wide.data());
  above.advance(kSteps);
  InsideOutShuffle below(Mt19937(kSeed), kSteps);
  below.advance(kSteps);
  for (const u64 stride : {u64{1}, u64{2}, u64{7}, u64{8}, u64{1000}, kSteps, u64{1} << 40}) {
    for (const u64 first : {u64{0}, u64{1}, u64{13}, kSteps - 8, kSteps - 1}) {
      const u64 most = (kSteps - 1 - first) / stride + 1;
      for (const u64 count : {u64{0}, u64{1}, most / 2, most}) {
        INFO(count << " from " << first << " by " << stride);
        const std::vector<i64> wanted = every(expected, first, stride, count);
        std::vector<i64> out(count + 1, kGuard);
        const std::span<i64> part{out.data(), static_cast<std::size_t>(count)};
        for (const InsideOutShuffle* const shuffle : {&below, &above}) {
          std::fill(out.begin(), out.end(), kGuard);
          shuffle->read_strided(first, stride, part);
          REQUIRE(test::first_difference(part, wanted) == test::kSame);
          REQUIRE(out.back() == kGuard);
        }
      }
    }
  }
}

// 0.9 GB, and as much for the plain reading.
TEST_CASE("strides over the inside-out branch and into its next turn", "[.large]") {
  const u64 n = kInsideOutFrom;
  PermutationStream plain(Mt19937(kSeed), n, n);
  std::vector<u32> expected;
  expected.reserve(n);
  std::vector<i64> block(1 << 16);
  while (const std::size_t got = plain.next(block)) {
    expected.insert(expected.end(), block.begin(), block.begin() + static_cast<i64>(got));
  }
  const test::ThreadCount active(2);
  PermutationStream stream(Mt19937(kSeed), n, n + 1000);
  for (const u64 stride : {7, 1000, 1048583}) {
    stream.seek(5);
    u64 wrong = 0;
    for (u64 i = 5; i + stride < n;) {
      const u64 count = std::min<u64>(block.size(), (n - 1 - i) / stride + 1);
      REQUIRE(stream.next_strided({block.data(), static_cast<std::size_t>(count)}, stride) ==
              count);
      for (u64 k = 0; k < count; ++k) wrong += block[k] == expected[i + k * stride] ? 0 : 1;
      i += count * stride;
    }
    CHECK(wrong == 0);
  }
}

}  // namespace
}  // namespace fastsamplers::order
