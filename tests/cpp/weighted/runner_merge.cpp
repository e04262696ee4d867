#include "fastsamplers/weighted/runner_merge.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace fastsamplers::weighted {
namespace {

// `sizes` sorted pools of runners with keys below `distinct`, merged and compared with one sort.
void check_merge(const std::vector<std::size_t>& sizes, u64 distinct) {
  std::mt19937_64 random(sizes.size());
  std::vector<RunnerPool> pools;
  std::vector<Runner> expected;
  for (const std::size_t size : sizes) {
    pools.emplace_back(1, -1.0);
    PageVector<Runner>& runners = pools.back().runners();
    for (std::size_t i = 0; i < size; ++i) {
      runners.push_back({random() % distinct, u64{expected.size()}});
      expected.push_back(runners.back());
    }
    std::sort(runners.begin(), runners.end());
  }
  std::sort(expected.begin(), expected.end());
  RunnerMerge merge(pools);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Runner next = merge.next();
    INFO(sizes.size() << " pools, keys below " << distinct << ", runner " << i);
    REQUIRE(next.key == expected[i].key);
    REQUIRE(next.index == expected[i].index);
  }
}

TEST_CASE("pools are merged into one order", "[weighted][runner_merge]") {
  for (const u64 distinct : {u64{1}, u64{5}, u64{1} << 62}) {
    for (std::size_t pools = 1; pools <= 17; ++pools) {
      check_merge(std::vector<std::size_t>(pools, 100), distinct);
    }
    check_merge({500}, distinct);
    check_merge({0, 300, 1}, distinct);
    check_merge({1, 0, 0, 2, 700, 3, 0}, distinct);
  }
}

TEST_CASE("pools without runners are no pools", "[weighted][runner_merge]") {
  check_merge({}, 1);
  check_merge({0, 0, 0}, 1);
  check_merge({0, 1, 0}, 1);
}

}  // namespace
}  // namespace fastsamplers::weighted
