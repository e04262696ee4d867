#include "fastsamplers/weighted/weight_digest.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "isa_levels.hpp"

namespace fastsamplers::weighted {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> all;
  for (std::size_t size = 0; size <= 70; ++size) all.push_back(size);
  for (const std::size_t size : {95, 96, 97, 1023, 1024, 1025}) all.push_back(size);
  return all;
}

// The definition, in words that share nothing with the kernels.
void digest_plainly(const std::vector<double>& weights, WeightDigest& digest) {
  for (std::size_t k = 0; k < weights.size(); ++k) {
    u64 lane = digest.lanes[k % 32];
    lane ^= std::bit_cast<u64>(weights[k]);
    lane *= 2654435761U;
    lane ^= lane >> 32;
    digest.lanes[k % 32] = lane;
    digest.sums[k % 32] += lane;
    if (weights[k] != 0) ++digest.nonzero;
    if (std::isnan(weights[k]) || weights[k] < 0 || weights[k] == kInfinity) ++digest.invalid;
  }
}

WeightDigest started(u64 seed) {
  std::mt19937_64 random(seed);
  WeightDigest digest;
  for (u64& lane : digest.lanes) lane = random();
  for (u64& sum : digest.sums) sum = random();
  digest.nonzero = 5;
  digest.invalid = 7;
  return digest;
}

void check_levels(const std::vector<double>& weights, u64 seed) {
  WeightDigest expected = started(seed);
  digest_plainly(weights, expected);
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", " << weights.size() << " weights");
    WeightDigest digest = started(seed);
    kDigestWeights.at(isa)(weights.data(), weights.size(), digest);
    REQUIRE(digest.lanes == expected.lanes);
    REQUIRE(digest.sums == expected.sums);
    REQUIRE(digest.nonzero == expected.nonzero);
    REQUIRE(digest.invalid == expected.invalid);
  }
}

TEST_CASE("digests of any bits at every size", "[weighted][weight_digest]") {
  std::mt19937_64 random(1);
  for (const std::size_t size : sizes()) {
    std::vector<double> weights(size);
    for (double& weight : weights) weight = std::bit_cast<double>(random());
    check_levels(weights, size);
  }
}

TEST_CASE("digests of special weights at every size", "[weighted][weight_digest]") {
  const std::vector<double> special = {0.0,
                                       -0.0,
                                       1.0,
                                       -1.0,
                                       kInfinity,
                                       -kInfinity,
                                       kNan,
                                       -kNan,
                                       kLeast,
                                       -kLeast,
                                       std::numeric_limits<double>::max(),
                                       0.0};
  std::mt19937_64 random(2);
  for (const std::size_t size : sizes()) {
    std::vector<double> weights(size);
    for (double& weight : weights) weight = special[random() % special.size()];
    check_levels(weights, size);
  }
}

TEST_CASE("each special weight counts alike in every lane", "[weighted][weight_digest]") {
  struct Count {
    double weight;
    u64 nonzero;
    u64 invalid;
  };
  const std::vector<Count> counts = {
      {0.0, 0, 0},  {-0.0, 0, 0},      {1.0, 1, 0},  {kLeast, 1, 0}, {-kLeast, 1, 1},
      {-1.0, 1, 1}, {kInfinity, 1, 1}, {kNan, 1, 1}, {-kNan, 1, 1},  {-kInfinity, 1, 1}};
  for (const Isa isa : test::supported_levels()) {
    for (const Count& count : counts) {
      for (std::size_t place = 0; place < 70; ++place) {
        INFO(test::name_of(isa) << ", " << count.weight << " at " << place);
        std::vector<double> weights(70, 0.0);
        weights[place] = count.weight;
        WeightDigest digest;
        kDigestWeights.at(isa)(weights.data(), weights.size(), digest);
        REQUIRE(digest.nonzero == count.nonzero);
        REQUIRE(digest.invalid == count.invalid);
      }
    }
  }
}

TEST_CASE("a digest goes on where whole rounds of lanes have ended", "[weighted][weight_digest]") {
  std::mt19937_64 random(3);
  std::vector<double> weights(1024);
  for (double& weight : weights) weight = std::bit_cast<double>(random());
  WeightDigest whole = started(4);
  digest_plainly(weights, whole);
  for (const Isa isa : test::supported_levels()) {
    for (const std::size_t cut : {0, 32, 64, 512, 992, 1024}) {
      WeightDigest digest = started(4);
      kDigestWeights.at(isa)(weights.data(), cut, digest);
      kDigestWeights.at(isa)(weights.data() + cut, weights.size() - cut, digest);
      INFO(test::name_of(isa) << ", cut at " << cut);
      REQUIRE(digest.lanes == whole.lanes);
      REQUIRE(digest.sums == whole.sums);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
