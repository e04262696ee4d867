// torch.randperm into the caller's array by several threads: the places lie in the result itself,
// so what one thread writes must not meet what another still needs.

#include <catch2/catch.hpp>
#include <vector>

#include "fastsamplers/order/parallel_shuffle.hpp"
#include "fastsamplers/order/randperm.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "sweep.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

constexpr u64 kSeed = 61;

template <class T>
void check(const std::vector<i64>& expected, std::size_t threads, u64 steps) {
  const test::ThreadCount active(threads);
  INFO("n " << expected.size() << ", " << threads << " threads, " << steps << " steps at a time");
  constexpr T kGuard = 0x5a5a5a5a;
  std::vector<T> memory(expected.size() + 16, kGuard);
  const std::span<T> result = std::span<T>{memory}.subspan(8, expected.size());
  Randperm permutation(Mt19937(kSeed), result);
  while (!permutation.advance(steps)) {
  }
  CHECK(test::first_difference(result, expected) == test::kSame);
  for (std::size_t i = 0; i < 8; ++i) {
    REQUIRE(memory[i] == kGuard);
    REQUIRE(memory[memory.size() - 1 - i] == kGuard);
  }
}

TEMPLATE_TEST_CASE("randperm by any number of threads is the plain loop",
                   "[order][parallel_randperm]", i32, u32, i64) {
  const u64 least = kParallelPlaces + kParallelSteps;
  for (const u64 n : test::sweep({least - 1, least, least + 1, u64{3000000}})) {
    const std::vector<i64> expected = test::repeated_permutation(kSeed, n, n);
    for (const Isa isa : test::supported_levels()) {
      const test::ActiveIsa level(isa);
      INFO(test::name_of(isa));
      for (const std::size_t threads : test::sweep({1, 2, 5}))
        check<TestType>(expected, threads, ~u64{0});
    }
  }
}

TEMPLATE_TEST_CASE("randperm by several threads with steps of any size",
                   "[order][parallel_randperm]", i32, u32, i64) {
  constexpr u64 n = 3000000;
  const std::vector<i64> expected = test::repeated_permutation(kSeed, n, n);
  for (const std::size_t threads : test::sweep({1, 2, 5})) {
    for (const u64 steps : test::sweep({n, n - 1, u64{4096}, u64{65537}, kParallelSteps - 1,
                                        u64{1000000}, u64{262144}, kParallelSteps, u64{300007}})) {
      check<TestType>(expected, threads, steps);
    }
  }
}

TEMPLATE_TEST_CASE("randperm by several threads with the steps that the extension takes",
                   "[order][parallel_randperm]", i32, u32, i64) {
  constexpr u64 kSteps = u64{1} << 22;
  constexpr u64 n = 2 * kSteps + kParallelPlaces + 1000;
  check<TestType>(test::repeated_permutation(kSeed, n, n), 2, kSteps);
}

// 3.4 GB for two int64 results.
TEMPLATE_TEST_CASE("the longest randperm by two threads is that by one", "[.large]", i32, u32,
                   i64) {
  for (const u64 n : {kInsideOutFrom - 1, kInsideOutFrom + 777}) {
    const auto result = [n](std::size_t threads) {
      const test::ThreadCount active(threads);
      std::vector<TestType> out(n, -1);
      Randperm permutation(Mt19937(kSeed), std::span<TestType>{out});
      while (!permutation.advance(u64{1} << 22)) {
      }
      return out;
    };
    CHECK(test::first_difference(result(1), result(2)) == test::kSame);
  }
}

}  // namespace
}  // namespace fastsamplers::order
