#include "fastsamplers/order/sparse_shuffle.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "oracle.hpp"

namespace fastsamplers::order {
namespace {

// The target of step `step` of a shuffle of n.
using Target = std::function<u32(u32 step, u32 n)>;

// Runs `steps` steps beside a plain array and pours at the end.
void check_steps(std::size_t capacity, u32 n, u32 steps, const Target& target) {
  SparseShuffle sparse(capacity);
  REQUIRE(sparse.active());
  REQUIRE(sparse.capacity() >= capacity);
  std::vector<u32> places(n);
  std::iota(places.begin(), places.end(), 0U);
  for (u32 i = 0; i < steps; ++i) {
    const u32 z = target(i, n);
    sparse.step(z);
    std::swap(places[i], places[z]);
    REQUIRE(sparse.values().size() == i + 1);
    REQUIRE(sparse.values().back() == places[i]);
  }
  const std::span<const u32> final_places{places.data(), steps};
  REQUIRE(test::first_difference(sparse.values(), final_places) == test::kSame);

  std::vector<u32> poured(n, 0);
  sparse.pour(poured);
  for (u32 i = 0; i < n; ++i) poured[i] ^= i;
  REQUIRE(test::first_difference(poured, places) == test::kSame);
}

TEST_CASE("steps on a table are the swaps of an array", "[order][sparse_shuffle]") {
  std::mt19937 random(91);
  for (const std::size_t capacity : {1, 2, 3, 7, 8, 100, 4096}) {
    const auto most = static_cast<u32>(capacity);
    for (const u32 steps : {0U, 1U, most / 2, most}) {
      for (const u32 n : {most, most + 1, 2 * most, 1U << 18}) {
        INFO("capacity " << capacity << ", n " << n << ", steps " << steps);
        const auto uniform = [&](u32 i, u32 size) {
          return i + static_cast<u32>(random() % (size - i));
        };
        check_steps(capacity, n, steps, uniform);
      }
    }
  }
}

TEST_CASE("steps onto themselves, onto one place and onto neighbours", "[order][sparse_shuffle]") {
  constexpr std::size_t kCapacity = SparseShuffle::kCapacity;
  constexpr u32 kSteps = kCapacity;
  for (const u32 n : {kSteps, kSteps + 1, 1U << 18}) {
    INFO("n " << n);
    check_steps(kCapacity, n, kSteps, [](u32 i, u32) { return i; });
    check_steps(kCapacity, n, kSteps, [](u32, u32 size) { return size - 1; });
    check_steps(kCapacity, n, kSteps, [](u32 i, u32 size) { return std::min(i + 1, size - 1); });
    check_steps(kCapacity, n, kSteps, [](u32 i, u32 size) { return std::max(i, size - 1 - i); });
    check_steps(kCapacity, n, kSteps, [](u32 i, u32 size) { return i % 2 == 0 ? size - 1 : i; });
  }
}

// Linear probing with long runs of occupied slots, also across the end of the table.
TEST_CASE("steps onto places that share their slots", "[order][sparse_shuffle]") {
  constexpr u32 kSteps = 512;
  constexpr u32 kMultiplier = 2654435769U;
  const u32 n = 1U << 22;
  // The places whose hash lies in the last slots of a table of 1024.
  std::vector<u32> crowded;
  for (u32 place = n - 1; place > kSteps && crowded.size() < kSteps; --place) {
    if ((place * kMultiplier) >> 22 >= 1022) crowded.push_back(place);
  }
  REQUIRE(crowded.size() == kSteps);
  check_steps(kSteps, n, kSteps, [&](u32 i, u32) { return crowded[i]; });
  check_steps(kSteps, n, kSteps, [&](u32 i, u32) { return crowded[i / 2]; });
}

TEST_CASE("a table without capacity is not in use", "[order][sparse_shuffle]") {
  const SparseShuffle sparse;
  CHECK_FALSE(sparse.active());
  CHECK(sparse.values().empty());
}

}  // namespace
}  // namespace fastsamplers::order
