// What the memory itself can do, beside the kernels in the same run: copying indices, and changing
// random places of an array with the lines of later places already on their way.

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "fastsamplers/base/memory_speed.hpp"

using namespace fastsamplers;

namespace {

void copy_of_indices(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<i64> from(n, 1);
  std::vector<i64> to(n);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), n * sizeof(i64));
    benchmark::DoNotOptimize(to.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Arguments: places, threads.
void random_changes(benchmark::State& state) {
  constexpr i64 kSteps = 10'000'000;
  for (auto _ : state) {
    state.SetIterationTime(static_cast<double>(kSteps) *
                           random_access_limit(static_cast<u64>(state.range(0)), kSteps,
                                               static_cast<std::size_t>(state.range(1))));
  }
  state.SetItemsProcessed(state.iterations() * kSteps);
}

BENCHMARK(copy_of_indices)->Arg(16'384)->Arg(100'000'000);
BENCHMARK(random_changes)
    ->ArgsProduct({{100'000, 1'000'000, 10'000'000, 100'000'000}, {1, 2}})
    ->UseManualTime()
    ->Iterations(3);

}  // namespace
