// The kernels of weighted draws, at every instruction-set level.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <vector>

#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/rng/uniform.hpp"
#include "fastsamplers/weighted/cdf_table.hpp"
#include "fastsamplers/weighted/race_filter.hpp"
#include "fastsamplers/weighted/runner_sort.hpp"
#include "fastsamplers/weighted/weight_digest.hpp"
#include "levels.hpp"

using namespace fastsamplers;
using bench::all_levels;
using bench::Level;

namespace {

std::vector<double> uniform_weights(std::size_t count) {
  std::vector<double> weights(count);
  rng::Mt19937 engine(1);
  for (double& weight : weights) {
    weight = rng::to_uniform(engine.random64() & rng::kUniformMask);
  }
  return weights;
}

weighted::Weights over(const std::vector<double>& values) {
  weighted::Weights weights;
  weights.data = values.data();
  weights.size = values.size();
  weights.stride = sizeof(double);
  return weights;
}

void digest_of_weights(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const auto weights = uniform_weights(weighted::kWeightBlock);
  const auto digest_weights = weighted::kDigestWeights.active();
  weighted::WeightDigest digest;
  for (auto _ : state) {
    digest_weights(weights.data(), weights.size(), digest);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(weights.size()));
}

// A threshold that one in a hundred passes.
void filter_of_a_race(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const auto weights = uniform_weights(weighted::kWeightBlock);
  std::vector<u32> words(2 * weights.size());
  rng::Mt19937(2).fill(words);
  std::vector<u32> survivors(weights.size() + weighted::kFilterSlack);
  const auto filter = weighted::kRaceFilter.active();
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        filter(words.data(), weights.data(), weights.size(), 50 * 0x1p-21, survivors.data()));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(weights.size()));
}

void search_in_buckets(benchmark::State& state, std::size_t n) {
  const Level level(state);
  if (!level) return;
  const auto weights = uniform_weights(n);
  weighted::CdfTableBuilder builder(over(weights));
  while (!builder.advance(n)) {
  }
  const auto table = builder.table();
  std::vector<u64> points(std::size_t{1} << 20);
  rng::Mt19937 engine(3);
  for (u64& point : points) point = engine.random64() & rng::kUniformMask;
  std::vector<i64> out(points.size());
  for (auto _ : state) {
    table->find(points, out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(points.size()));
}

void search_among_1000(benchmark::State& state) { search_in_buckets(state, 1'000); }
void search_among_10000000(benchmark::State& state) { search_in_buckets(state, 10'000'000); }

void sorting_runners(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const auto weights = uniform_weights(n);
  rng::Mt19937 engine(4);
  PageVector<weighted::Runner> runners;
  for (std::size_t k = 0; k < n; ++k) {
    const u64 bits = engine.random64() & rng::kUniformMask;
    const double quotient = weighted::race_quotient(weights[k], bits, weighted::Precision::f64);
    runners.push_back({weighted::race_key(quotient), k});
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto copy = runners;
    state.ResumeTiming();
    weighted::sort_runners(copy);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(n));
}

BENCHMARK(digest_of_weights)->Apply(all_levels);
BENCHMARK(filter_of_a_race)->Apply(all_levels);
BENCHMARK(search_among_1000)->Apply(all_levels);
BENCHMARK(search_among_10000000)->Apply(all_levels);
BENCHMARK(sorting_runners)->Arg(100'000)->Arg(4'000'000);

}  // namespace
