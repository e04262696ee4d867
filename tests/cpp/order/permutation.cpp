// The forward shuffle, and what is known about a permutation before it is made.

#include "fastsamplers/order/permutation.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "fastsamplers/base/memory.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"

#if defined(__linux__)
#include <unistd.h>

#include <fstream>
#endif

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

std::vector<i64> read_all(ForwardShuffle& shuffle, u64 n, u64 block) {
  std::vector<i64> out(n);
  for (u64 first = 0; first < n; first += block) {
    const u64 count = std::min(block, n - first);
    shuffle.read(first, std::span<i64>{out}.subspan(first, count));
    REQUIRE(shuffle.steps_done() == first + count);
  }
  return out;
}

TEST_CASE("torch's branch, and the words and bytes of each", "[order][permutation]") {
  CHECK(kInsideOutFrom == 214748364);
  CHECK(permutation_words(0) == 0);
  CHECK(permutation_words(1) == 0);
  CHECK(permutation_words(2) == 1);
  CHECK(permutation_words(kInsideOutFrom - 1) == kInsideOutFrom - 2);
  CHECK(permutation_words(kInsideOutFrom) == 2 * kInsideOutFrom);
  CHECK(permutation_bytes(0) == 0);
  CHECK(permutation_bytes(1) == 4);
  CHECK(permutation_bytes(u64{1} << 32) == u64{1} << 34);
  CHECK(permutation_bytes((u64{1} << 32) + 1) == (u64{1} << 35) + 8);
  CHECK(permutation_bytes((u64{1} << 61) - 1) == ~u64{0} - 7);
  CHECK(permutation_bytes(u64{1} << 61) == ~u64{0});
  CHECK(permutation_bytes(~u64{0}) == ~u64{0});
}

TEST_CASE("the forward shuffle is the plain loop at every size and level", "[order][permutation]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 n : test::permutation_sizes()) {
      std::mt19937 words = test::words_of(n);
      const std::vector<i64> expected = test::forward_permutation(words, n);
      for (const u64 block : {n + 1, u64{1}, u64{5}, u64{1024}, u64{4095}, u64{4096}, u64{5000}}) {
        if (n > 10000 && block < 100) continue;
        INFO(test::name_of(isa) << ", n " << n << ", blocks of " << block);
        ForwardShuffle shuffle(Mt19937(n), n);
        REQUIRE(shuffle.steps_done() == 0);
        REQUIRE(test::first_difference(read_all(shuffle, n, block), expected) == test::kSame);
        // All of it again, from what is done.
        REQUIRE(test::first_difference(read_all(shuffle, n, n + 1), expected) == test::kSame);

        std::vector<u32> places(n, 0);
        ForwardShuffle in_place(Mt19937(n), places);
        REQUIRE(test::first_difference(read_all(in_place, n, block), expected) == test::kSame);
      }
    }
  }
}

TEST_CASE("every small permutation comes from its words", "[order][permutation]") {
  for (u64 n = 0; n <= 40; ++n) {
    for (u64 seed = 0; seed < 20; ++seed) {
      std::mt19937 words = test::words_of(seed);
      ForwardShuffle shuffle(Mt19937(seed), n);
      std::vector<i64> out(n);
      shuffle.read(0, out);
      REQUIRE(out == test::forward_permutation(words, n));
    }
  }
}

TEST_CASE("steps and reads in any order give the same permutation", "[order][permutation]") {
  std::mt19937 choice(101);
  for (const u64 n : {u64{1}, u64{2}, u64{700}, u64{5000}, u64{1} << 18, (u64{1} << 18) + 77}) {
    std::mt19937 words = test::words_of(n + 1);
    const std::vector<i64> expected = test::forward_permutation(words, n);
    for (int round = 0; round < 20; ++round) {
      ForwardShuffle shuffle(Mt19937(n + 1), n);
      for (int move = 0; move < 30; ++move) {
        // Half of the moves stay where a large permutation is still a table.
        const u64 near = std::min<u64>(n, choice() % 2 == 0 ? n : 5000);
        const u64 first = choice() % (near + 1);
        const u64 done = shuffle.steps_done();
        if (choice() % 3 == 0) {
          INFO("n " << n << ", advance to " << first << " from " << done);
          shuffle.advance(first);
          REQUIRE(shuffle.steps_done() == std::max(done, first));
          continue;
        }
        const u64 count = choice() % (std::min<u64>(n - first, 6000) + 1);
        INFO("n " << n << ", read " << count << " from " << first << " with " << done << " done");
        std::vector<i64> out(count + 1, -1);
        shuffle.read(first, {out.data(), count});
        REQUIRE(shuffle.steps_done() == std::max(done, first + count));
        REQUIRE(out.back() == -1);
        out.pop_back();
        const std::span<const i64> wanted{expected.data() + first, count};
        REQUIRE(test::first_difference(out, wanted) == test::kSame);
      }
    }
  }
}

TEST_CASE("a moved shuffle goes on where it stood", "[order][permutation]") {
  for (const u64 n : {u64{1000}, u64{1} << 18}) {
    std::mt19937 words = test::words_of(6);
    const std::vector<i64> expected = test::forward_permutation(words, n);
    ForwardShuffle first(Mt19937(6), n);
    first.advance(300);
    ForwardShuffle second(std::move(first));
    REQUIRE(test::first_difference(read_all(second, n, n + 1), expected) == test::kSame);
  }
}

// Where the array would be the 859 MB that the plain loop needs.
std::vector<i64> first_of_forward(std::mt19937& words, u64 n, u64 count) {
  std::unordered_map<u64, u64> moved;
  const auto value = [&](u64 place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  std::vector<i64> out;
  for (u64 i = 0; i < count; ++i) {
    const u64 z = i + words() % (n - i);
    const u64 here = value(i);
    out.push_back(static_cast<i64>(value(z)));
    moved[z] = here;
  }
  return out;
}

#if defined(__linux__)
u64 resident_bytes() {
  std::ifstream file("/proc/self/statm");
  u64 total = 0;
  u64 resident = 0;
  file >> total >> resident;
  return resident * static_cast<u64>(sysconf(_SC_PAGESIZE));
}
#else
u64 resident_bytes() { return 0; }
#endif

TEST_CASE("the first indices of the longest forward shuffle take no memory of its size",
          "[order][permutation]") {
  constexpr u64 kCount = SparseShuffle::kCapacity;
  for (const u64 n : {u64{1} << 24, kInsideOutFrom - 1}) {
    std::mt19937 words = test::words_of(8);
    const std::vector<i64> expected = first_of_forward(words, n, kCount);
    const u64 before = resident_bytes();
    ForwardShuffle shuffle(Mt19937(8), n);
    std::vector<i64> out(kCount);
    shuffle.read(0, std::span<i64>{out}.first(1000));
    shuffle.read(1000, std::span<i64>{out}.subspan(1000));
    REQUIRE(test::first_difference(out, expected) == test::kSame);
    CHECK(resident_bytes() < before + (u64{16} << 20));
  }
}

TEST_CASE("a forward shuffle from torch's branch on is refused", "[order][permutation]") {
  const auto text = Catch::Message("n should be below 214748364, but got n=214748364");
  CHECK_THROWS_MATCHES(ForwardShuffle(Mt19937(1), kInsideOutFrom), std::invalid_argument, text);
  const PageBuffer untouched(4 * kInsideOutFrom);
  CHECK_THROWS_MATCHES(ForwardShuffle(Mt19937(1), untouched.as<u32>()), std::invalid_argument,
                       text);
}

#if defined(__linux__)

TEST_CASE("a permutation that memory cannot hold is refused by name, size and remedy",
          "[order][permutation]") {
  struct Case {
    u64 n;
    std::string bytes;  // from the Python prompt: 8 * n
  };
  for (const auto& [n, bytes] :
       {Case{u64{1} << 40, "8796093022208"}, Case{(u64{1} << 60) + 1, "9223372036854775816"}}) {
    std::string text;
    try {
      require_permutation_memory(n);
    } catch (const MemoryLimitError& error) {
      text = error.what();
    }
    CHECK_THAT(text, Catch::StartsWith("a permutation of n=" + std::to_string(n) +
                                       " indices needs " + bytes + " bytes, but only "));
    CHECK_THAT(text, Catch::Contains("algorithm='feistel'"));
    CHECK_THROWS_AS(InsideOutShuffle(Mt19937(1), n), MemoryLimitError);
  }
}

// From 2^61 on 8 n does not fit 64 bits.
TEST_CASE("a permutation whose bytes cannot be counted in 64 bits is refused",
          "[order][permutation]") {
  for (const u64 n : {u64{1} << 61, (u64{1} << 61) + 1, (u64{1} << 61) + (u64{1} << 20),
                      u64{3} << 60, u64{1} << 62, ~u64{0}}) {
    INFO("n " << n);
    CHECK_THROWS_AS(require_permutation_memory(n), MemoryLimitError);
    CHECK_THROWS_AS(InsideOutShuffle(Mt19937(1), n), MemoryLimitError);
  }
}

#endif

}  // namespace
}  // namespace fastsamplers::order
