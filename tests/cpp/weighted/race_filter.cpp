#include "fastsamplers/weighted/race_filter.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::weighted {
namespace {

constexpr u32 kGuard = 0xdeadbeefU;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

void check_levels(const std::vector<u32>& words, const std::vector<double>& weights, double scale) {
  std::vector<u32> expected;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const auto high = static_cast<double>(words[2 * k] % (u32{1} << 21));
    if (weights[k] >= scale * high) expected.push_back(static_cast<u32>(k));
  }
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", " << weights.size() << " items, scale " << scale);
    std::vector<u32> out(weights.size() + kFilterSlack + 1, kGuard);
    const std::size_t found =
        kRaceFilter.at(isa)(words.data(), weights.data(), weights.size(), scale, out.data());
    REQUIRE(out.back() == kGuard);
    out.resize(found);
    REQUIRE(test::first_difference(out, expected) == test::kSame);
  }
}

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> all = {1023, 1024};
  for (std::size_t size = 0; size <= 40; ++size) all.push_back(size);
  return all;
}

TEST_CASE("the filter at every size and share of survivors", "[weighted][race_filter]") {
  std::mt19937 random(1);
  for (const std::size_t size : sizes()) {
    for (const double scale : {0.0, 0x1p-24, 0x1p-22, 0x1p-21, 0x1p-20, 0x1p-10, 1.0}) {
      std::vector<u32> words(2 * size);
      std::vector<double> weights(size);
      for (u32& word : words) word = static_cast<u32>(random());
      for (double& weight : weights) weight = random() * 0x1p-32;
      check_levels(words, weights, scale);
    }
  }
}

TEST_CASE("weights on the bound survive, and those just below do not", "[weighted][race_filter]") {
  std::mt19937 random(2);
  for (const std::size_t size : sizes()) {
    for (const double scale : {0x1p-21, 0.1, 1e-300, 1e300, 1e-315}) {
      std::vector<u32> words(2 * size);
      std::vector<double> weights(size);
      for (u32& word : words) word = static_cast<u32>(random());
      for (std::size_t k = 0; k < size; ++k) {
        if (random() % 4 == 0) words[2 * k] &= ~kHighMask;  // a bound of zero
        if (random() % 4 == 0) words[2 * k] |= kHighMask;
        const double bound = scale * (words[2 * k] & kHighMask);
        const u64 side = random() % 3;
        weights[k] = side == 0 ? bound : std::nextafter(bound, side == 1 ? 0.0 : kInfinity);
      }
      check_levels(words, weights, scale);
    }
  }
}

TEST_CASE("special weights and scales", "[weighted][race_filter]") {
  const std::vector<double> special = {0.0,       -0.0,    kLeast, 1.0,         1e308,
                                       kInfinity, -kLeast, -1.0,   std::nan("")};
  std::mt19937 random(3);
  for (const std::size_t size : sizes()) {
    for (const double scale : {0.0, kLeast, 0x1p-1022, 1.0, 1e300}) {
      std::vector<u32> words(2 * size);
      std::vector<double> weights(size);
      for (u32& word : words) word = static_cast<u32>(random()) * static_cast<u32>(random() % 2);
      for (double& weight : weights) weight = special[random() % special.size()];
      check_levels(words, weights, scale);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
