// Reading whole plans, and what holds for each of them.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "fastsamplers/batch/batch_plan.hpp"

namespace fastsamplers::test {

using Batches = std::vector<std::vector<i64>>;

inline std::vector<i64> read_batch(batch::BatchPlan& plan, u64 batch) {
  std::vector<i64> indices(plan.size(batch));
  plan.read(batch, indices);
  return indices;
}

inline Batches batches_of(batch::BatchPlan& plan) {
  Batches batches;
  for (u64 batch = 0; batch < plan.count(); ++batch) batches.push_back(read_batch(plan, batch));
  return batches;
}

// The number of the first batch that differs; the same batches: no number of any.
inline constexpr std::size_t kSameBatches = static_cast<std::size_t>(-1);
inline std::size_t first_different_batch(const Batches& batches, const Batches& expected) {
  const std::size_t both = std::min(batches.size(), expected.size());
  for (std::size_t batch = 0; batch < both; ++batch) {
    if (batches[batch] != expected[batch]) return batch;
  }
  return batches.size() == expected.size() ? kSameBatches : both;
}

inline std::vector<i64> joined(const Batches& batches) {
  std::vector<i64> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

// `used` of the samples 0 .. n - 1, none of them twice.
inline void check_samples(const Batches& batches, u64 n, u64 used) {
  std::vector<i64> all = joined(batches);
  REQUIRE(all.size() == used);
  std::sort(all.begin(), all.end());
  REQUIRE(std::adjacent_find(all.begin(), all.end()) == all.end());
  REQUIRE((all.empty() || (all.front() >= 0 && all.back() < static_cast<i64>(n))));
}

}  // namespace fastsamplers::test
