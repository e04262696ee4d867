// Reading whole plans.
#pragma once

#include <algorithm>
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

}  // namespace fastsamplers::test
