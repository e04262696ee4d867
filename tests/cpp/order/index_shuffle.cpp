// That an index shuffle is a permutation, that each key has its own, and what is refused.

#include "fastsamplers/order/index_shuffle.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace fastsamplers::order {
namespace {

std::vector<i64> all_values(const IndexShuffle& shuffle) {
  std::vector<i64> values(shuffle.size());
  shuffle.values_of_range(0, 1, values);
  return values;
}

// Every value once, and the places of them all.
void check_bijection(u64 n, u64 seed, u64 epoch) {
  INFO("n " << n << ", seed " << seed << ", epoch " << epoch);
  const IndexShuffle shuffle(n, seed, epoch);
  REQUIRE(shuffle.size() == n);
  std::vector<i64> values = all_values(shuffle);
  std::vector<bool> seen(n, false);
  u64 wrong = 0;
  for (const i64 value : values) {
    if (value < 0 || static_cast<u64>(value) >= n || seen[static_cast<u64>(value)]) {
      ++wrong;
    } else {
      seen[static_cast<u64>(value)] = true;
    }
  }
  REQUIRE(wrong == 0);
  shuffle.places_of(values);
  for (u64 k = 0; k < n; ++k) wrong += values[k] == static_cast<i64>(k) ? 0 : 1;
  REQUIRE(wrong == 0);
}

TEST_CASE("every small n has a permutation and its inverse", "[order][index_shuffle]") {
  for (u64 n = 1; n <= 4200; ++n) {
    check_bijection(n, 0, 0);
    check_bijection(n, 0x0123456789abcdef * n, ~n);
  }
}

TEST_CASE("sizes at which the halves change have a permutation", "[order][index_shuffle]") {
  std::set<u64> sizes;
  for (u32 bits = 12; bits <= 20; ++bits) {
    for (const u64 n : {u64{1} << bits, u64{3} << (bits - 1)}) sizes.insert({n - 1, n, n + 1});
  }
  for (const u64 root :
       {65, 67, 100, 127, 128, 129, 181, 255, 256, 257, 511, 512, 513, 725, 1000, 1023, 1024}) {
    sizes.insert({root * root - 1, root * root, root * root + 1, root * (root + 1)});
  }
  for (const u64 n : sizes) check_bijection(n, n, 3);
}

TEST_CASE("millions around a power of two have a permutation", "[order][index_shuffle]") {
  constexpr u64 kPower = u64{1} << 24;
  for (const u64 n : {kPower - 1, kPower, kPower + 1}) {
    check_bijection(n, 5, 6);
  }
}

TEST_CASE("one index at a time is the same permutation", "[order][index_shuffle]") {
  for (const u64 n : {1, 2, 7, 4095, 4096, 4097, 5000, 65537}) {
    const IndexShuffle shuffle(n, 8, 9);
    const std::vector<i64> values = all_values(shuffle);
    u64 wrong = 0;
    for (u64 k = 0; k < n; k += 1 + n / 3000) {
      const auto place = static_cast<i64>(k);
      wrong += shuffle.value_at(place) == values[k] ? 0 : 1;
      wrong += shuffle.place_of(values[k]) == place ? 0 : 1;
    }
    INFO("n " << n);
    CHECK(wrong == 0);
  }
}

// 24,000 permutations of n, by a key each. The bound is five deviations of a chi-square above its
// mean: the keys are fixed, so that it holds or not.
template <class MakeShuffle>
void check_all_permutations_come(const MakeShuffle& make) {
  constexpr u64 kKeys = 24000;
  for (u64 n = 2; n <= 5; ++n) {
    std::map<std::vector<i64>, u64> times;
    for (u64 key = 0; key < kKeys; ++key) ++times[all_values(make(n, key))];
    double permutations = 1;
    for (u64 factor = 2; factor <= n; ++factor) permutations *= static_cast<double>(factor);
    const double expected = kKeys / permutations;
    double chi_square = 0;
    for (const auto& [permutation, count] : times) {
      chi_square += std::pow(static_cast<double>(count) - expected, 2) / expected;
    }
    INFO("n " << n);
    CHECK(static_cast<double>(times.size()) == permutations);
    CHECK(chi_square < permutations - 1 + 5 * std::sqrt(2 * (permutations - 1)));
  }
}

TEST_CASE("all permutations of a few come about equally often", "[order][index_shuffle]") {
  check_all_permutations_come([](u64 n, u64 seed) { return IndexShuffle(n, seed); });
  check_all_permutations_come([](u64 n, u64 epoch) { return IndexShuffle(n, 7, epoch); });
  check_all_permutations_come(
      [](u64 n, u64 key) { return IndexShuffle(n, key << 40, ~u64{0} - key); });
}

// In 64 bins, with the bound of above.
TEST_CASE("a place has all values about equally often", "[order][index_shuffle]") {
  constexpr u64 kKeys = 16000;
  constexpr u64 kBins = 64;
  for (const u64 n : {u64{64}, u64{4096}, u64{4160}, u64{1} << 24, (u64{1} << 24) + 64,
                      u64{1} << 31, (u64{1} << 31) + 64, u64{1} << 62}) {
    for (const u64 place : {u64{0}, n / 3, n - 1}) {
      std::vector<u64> times(kBins, 0);
      for (u64 seed = 0; seed < kKeys; ++seed) {
        const IndexShuffle shuffle(n, seed);
        ++times[static_cast<u64>(shuffle.value_at(static_cast<i64>(place))) / (n / kBins)];
      }
      constexpr double kExpected = kKeys / kBins;
      double chi_square = 0;
      for (const u64 count : times) {
        chi_square += std::pow(static_cast<double>(count) - kExpected, 2) / kExpected;
      }
      INFO("n " << n << ", place " << place);
      CHECK(chi_square < kBins - 1 + 5 * std::sqrt(2.0 * (kBins - 1)));
    }
  }
}

std::vector<i64> first_values(u64 n, u64 seed, u64 epoch) {
  std::vector<i64> values(std::min<u64>(n, 64));
  IndexShuffle(n, seed, epoch).values_of_range(0, 1, values);
  return values;
}

// Sizes of all three forms.
constexpr u64 kForms[] = {
    1000, 4096, 4097, 5000, 10000000, (u64{1} << 24) + 1, (u64{1} << 31) + 5, u64{1} << 62};

TEST_CASE("each bit of seed and epoch counts", "[order][index_shuffle]") {
  for (const u64 n : kForms) {
    for (const u64 base : {u64{0}, u64{0x5851f42d4c957f2d}}) {
      const std::vector<i64> plain = first_values(n, base, base);
      std::set<std::vector<i64>> seen = {plain};
      const auto check = [&](u64 seed, u64 epoch) {
        const std::vector<i64> values = first_values(n, seed, epoch);
        std::size_t same = 0;
        for (std::size_t k = 0; k < values.size(); ++k) same += values[k] == plain[k] ? 1 : 0;
        INFO("n " << n << ", seed " << seed << ", epoch " << epoch);
        CHECK(same <= 5);
        CHECK(seen.insert(values).second);
      };
      for (u32 bit = 0; bit < 64; ++bit) {
        check(base ^ (u64{1} << bit), base);
        check(base, base ^ (u64{1} << bit));
      }
    }
  }
}

TEST_CASE("an epoch is another key than a seed", "[order][index_shuffle]") {
  for (const u64 n : kForms) {
    std::set<std::vector<i64>> seen;
    for (u64 seed = 0; seed < 12; ++seed) {
      for (u64 epoch = 0; epoch < 12; ++epoch) seen.insert(first_values(n, seed, epoch));
    }
    INFO("n " << n);
    CHECK(seen.size() == 144);
  }
}

TEST_CASE("the default epoch is 0", "[order][index_shuffle]") {
  for (const u64 n : {100, 5000}) {
    CHECK(all_values(IndexShuffle(n, 3)) == all_values(IndexShuffle(n, 3, 0)));
  }
}

// The same halves and rounds, so that only n itself tells the keys apart.
TEST_CASE("neighbouring sizes have keys of their own", "[order][index_shuffle]") {
  for (const u64 n : {u64{900}, u64{5000}, u64{1} << 23, u64{1} << 40}) {
    for (u64 other = n + 1; other < n + 4; ++other) {
      const std::vector<i64> left = first_values(n, 1, 1);
      const std::vector<i64> right = first_values(other, 1, 1);
      std::size_t same = 0;
      for (std::size_t k = 0; k < left.size(); ++k) same += left[k] == right[k] ? 1 : 0;
      INFO("n " << n << " and " << other);
      CHECK(same <= 5);
    }
  }
}

TEST_CASE("arguments that make no shuffle are refused by name, rule and value",
          "[order][index_shuffle]") {
  for (const u64 n : {u64{0}, kMostShuffled + 1, u64{1} << 63, ~u64{0}}) {
    CHECK_THROWS_MATCHES(
        IndexShuffle(n, 1), std::invalid_argument,
        Catch::Message("n should be in [1, 2**62], but got n=" + std::to_string(n)));
  }
  for (const std::size_t rounds : {1, 5, 7, 15, 17, 18, 1000}) {
    for (const u64 n : {10, 5000}) {
      CHECK_THROWS_MATCHES(IndexShuffle(n, 1, 0, rounds), std::invalid_argument,
                           Catch::Message("rounds should be even and at most 16, but got rounds=" +
                                          std::to_string(rounds)));
    }
  }
  CHECK_NOTHROW(IndexShuffle(kMostShuffled, 1));
  CHECK_NOTHROW(IndexShuffle(5000, 1, 0, 16));
}

}  // namespace
}  // namespace fastsamplers::order
