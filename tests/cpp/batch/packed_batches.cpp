#include "fastsamplers/batch/packed_batches.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <stdexcept>

#include "batch/plain_plans.hpp"
#include "batch/plan_check.hpp"

namespace fastsamplers::batch {
namespace {

using test::Batches;
using Random = std::mt19937_64;
using packing::Bins;

// Bins of 0 to 5 samples.
std::shared_ptr<const Bins> bins_of(Random& random, std::size_t count) {
  auto bins = std::make_shared<Bins>();
  bins->offsets.push_back(0);
  for (std::size_t bin = 0; bin < count; ++bin) {
    for (u64 k = random() % 6; k > 0; --k) {
      bins->indices.push_back(static_cast<u32>(bins->indices.size()));
    }
    bins->offsets.push_back(static_cast<u32>(bins->indices.size()));
  }
  return bins;
}

void check_plan(const std::shared_ptr<const Bins>& bins, const PackedRule& rule) {
  INFO(bins->count() << " bins by " << rule.batch_size << ", shuffle " << rule.shuffle
                     << ", drop_last " << rule.drop_last);
  PackedBatches plan(bins, rule);
  const Batches expected = test::plain_bins(bins->count(), rule);
  REQUIRE(plan.count() == expected.size());
  REQUIRE(plan.has_bins() == (rule.batch_size > 1));
  for (u64 batch = 0; batch < plan.count(); ++batch) {
    std::vector<i64> indices;
    std::vector<u64> sizes;
    for (const i64 bin : expected[batch]) {
      const auto of_bin = bins->of(static_cast<u64>(bin));
      indices.insert(indices.end(), of_bin.begin(), of_bin.end());
      sizes.push_back(of_bin.size());
    }
    REQUIRE(plan.size(batch) == indices.size());
    REQUIRE(test::read_batch(plan, batch) == indices);
    std::vector<u64> got = {77};
    plan.read_bins(batch, got);
    REQUIRE(got == sizes);
  }
}

TEST_CASE("bins are shuffled and put together, so many to a batch", "[batch][packed]") {
  Random random(151);
  for (const std::size_t count : {0, 1, 2, 7, 8, 9, 300}) {
    const auto bins = bins_of(random, count);
    for (const u64 batch_size : {u64{1}, u64{2}, u64{4}, u64{9}, u64{1000}, ~u64{0}}) {
      for (const bool shuffle : {true, false}) {
        for (const bool drop_last : {true, false}) {
          check_plan(bins, {batch_size, shuffle, drop_last, random(), random() % 4});
        }
      }
    }
  }
}

TEST_CASE("more bins than a shuffle lists", "[batch][packed]") {
  Random random(152);
  check_plan(bins_of(random, 5000), {3, true, true, 1, 2});
}

TEST_CASE("each seed and each epoch has packed batches of its own", "[batch][packed]") {
  Random random(153);
  const auto bins = bins_of(random, 200);
  std::set<Batches> seen;
  for (u64 seed = 0; seed < 6; ++seed) {
    for (u64 epoch = 0; epoch < 6; ++epoch) {
      PackedBatches plan(bins, {2, true, false, seed, epoch});
      PackedBatches again(bins, {2, true, false, seed, epoch});
      const Batches batches = test::batches_of(plan);
      CHECK(seen.insert(batches).second);
      CHECK(test::batches_of(again) == batches);
      test::check_samples(batches, bins->indices.size(), bins->indices.size());
    }
  }
}

TEST_CASE("batches of no bins are refused", "[batch][packed]") {
  Random random(154);
  CHECK_THROWS_MATCHES(PackedBatches(bins_of(random, 3), {0, true, false, 0, 0}),
                       std::invalid_argument,
                       Catch::Message("batch_size should be positive, but got batch_size=0"));
}

}  // namespace
}  // namespace fastsamplers::batch
