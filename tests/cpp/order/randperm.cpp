#include "fastsamplers/order/randperm.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

// The result lies between guards and holds something before.
template <class T>
struct Result {
  static constexpr T kGuard = 0x5a5a5a5a;
  static constexpr std::size_t kGuards = 8;

  explicit Result(std::size_t n) : memory(n + 2 * kGuards, kGuard) {}
  std::span<T> span() { return std::span<T>{memory}.subspan(kGuards, memory.size() - 2 * kGuards); }
  bool guarded() const {
    return std::count(memory.begin(), memory.begin() + kGuards, kGuard) == kGuards &&
           std::count(memory.end() - kGuards, memory.end(), kGuard) == kGuards;
  }

  std::vector<T> memory;
};

TEMPLATE_TEST_CASE("randperm is the plain loop at every size, level and number of steps",
                   "[order][randperm]", i32, u32, i64) {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 n : test::permutation_sizes()) {
      std::mt19937 words = test::words_of(n);
      const std::vector<i64> expected = test::forward_permutation(words, n);
      for (const u64 steps : {u64{1}, u64{7}, u64{2047}, u64{2048}, u64{100000}, ~u64{0}}) {
        if (n > 10000 && steps < 100) continue;
        INFO(test::name_of(isa) << ", n " << n << ", " << steps << " steps at a time");
        Result<TestType> result(n);
        Randperm permutation(Mt19937(n), result.span());
        // The call that does the last step completes the result.
        u64 calls = 1;
        while (!permutation.advance(steps)) ++calls;
        REQUIRE(calls == std::max<u64>(1, n / steps + (n % steps == 0 ? 0 : 1)));
        REQUIRE(test::first_difference(result.span(), expected) == test::kSame);
        REQUIRE(result.guarded());
      }
    }
  }
}

TEMPLATE_TEST_CASE("randperm with steps of mixed sizes", "[order][randperm]", i32, u32, i64) {
  std::mt19937 choice(121);
  for (int round = 0; round < 200; ++round) {
    const u64 n = choice() % 9000 + 1;
    std::mt19937 words = test::words_of(n);
    const std::vector<i64> expected = test::forward_permutation(words, n);
    Result<TestType> result(n);
    Randperm permutation(Mt19937(n), result.span());
    REQUIRE_FALSE(permutation.advance(0));
    while (!permutation.advance(choice() % 3000)) {
    }
    REQUIRE(test::first_difference(result.span(), expected) == test::kSame);
    REQUIRE(result.guarded());
  }
}

TEMPLATE_TEST_CASE("a complete result stays as it is", "[order][randperm]", i32, u32, i64) {
  for (const u64 n : {u64{0}, u64{1}, u64{2}, u64{1000}}) {
    INFO("n " << n);
    Result<TestType> result(n);
    Randperm permutation(Mt19937(2), result.span());
    REQUIRE(permutation.advance(n));
    const std::vector<TestType> before = result.memory;
    CHECK(permutation.advance(1));
    CHECK(test::first_difference(result.memory, before) == test::kSame);
  }
}

TEMPLATE_TEST_CASE("randperm leaves the engine it was given alone", "[order][randperm]", i32, u32,
                   i64) {
  const Mt19937 engine(3);
  const Mt19937 before = engine;
  Result<TestType> result(1000);
  Randperm permutation(engine, result.span());
  while (!permutation.advance(100)) {
  }
  CHECK(test::same_state(engine, before));
}

// 1.7 GB for an int64 result and 0.9 GB for the plain loop; the branch cannot be had smaller.
TEMPLATE_TEST_CASE("randperm widens the inside-out branch in place", "[.large]", i32, u32, i64) {
  const u64 n = kInsideOutFrom;
  std::vector<u32> expected(n);
  std::mt19937 words = test::words_of(22);
  for (u64 i = 0; i < n; ++i) {
    const u64 z = test::two_words(words) % (i + 1);
    expected[i] = expected[z];
    expected[z] = static_cast<u32>(i);
  }
  std::vector<TestType> result(n, -1);
  Randperm permutation(Mt19937(22), std::span<TestType>{result});
  while (!permutation.advance(u64{1} << 24)) {
  }
  CHECK(test::first_difference(result, expected) == test::kSame);
}

}  // namespace
}  // namespace fastsamplers::order
