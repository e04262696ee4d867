// What holds for the batches of each plan.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "batch/read_plan.hpp"

namespace fastsamplers::test {

// `used` of the samples 0 .. n - 1, none of them twice.
inline void check_samples(const Batches& batches, u64 n, u64 used) {
  std::vector<i64> all = joined(batches);
  REQUIRE(all.size() == used);
  std::sort(all.begin(), all.end());
  REQUIRE(std::adjacent_find(all.begin(), all.end()) == all.end());
  REQUIRE((all.empty() || (all.front() >= 0 && all.back() < static_cast<i64>(n))));
}

}  // namespace fastsamplers::test
