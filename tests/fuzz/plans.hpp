// Reading a plan of batches and holding it against the plain one.
#pragma once

#include "batch/read_plan.hpp"
#include "input.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {

// In order, and then some batches in any.
inline void require_plan(Input& input, batch::BatchPlan& plan, const test::Batches& expected) {
  require(plan.count() == expected.size(), "as many batches");
  require(test::first_different_batch(test::batches_of(plan), expected) == test::kSameBatches,
          "the batches of the plan");
  for (u64 reads = input.below(4); reads > 0 && !expected.empty(); --reads) {
    const u64 batch = input.below(expected.size());
    require_same(test::read_batch(plan, batch), expected[batch], "a batch read again");
  }
}

// Of n samples at most one batch has each; `all`: exactly one.
inline void require_samples(const test::Batches& batches, u64 n, bool all) {
  std::vector<bool> seen(n, false);
  u64 count = 0;
  for (const auto& batch : batches) {
    for (const i64 index : batch) {
      require(std::cmp_greater_equal(index, 0) && std::cmp_less(index, n), "an index");
      require(!seen[static_cast<std::size_t>(index)], "no index twice");
      seen[static_cast<std::size_t>(index)] = true;
      ++count;
    }
  }
  require(!all || count == n, "each index once");
}

}  // namespace fastsamplers::fuzz
