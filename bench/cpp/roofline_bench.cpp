// What the memory itself can do, beside the kernels in the same run: copying indices, and changing
// random places of an array with the line of a later place already on its way.

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "fastsamplers/base/page_buffer.hpp"
#include "fastsamplers/rng/mt19937.hpp"

using namespace fastsamplers;

namespace {

void copy_indices(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<i64> from(n, 1);
  std::vector<i64> to(n);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), n * sizeof(i64));
    benchmark::DoNotOptimize(to.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void random_read_modify_write(benchmark::State& state) {
  constexpr std::size_t kBlock = 4096;
  constexpr std::size_t kAhead = 32;
  const auto n = static_cast<u64>(state.range(0));
  PageBuffer buffer(4 * n);
  u32* const places = buffer.as<u32>().data();
  for (u64 i = 0; i < n; i += 1024) places[i] = 1;
  rng::Mt19937 engine(1);
  std::vector<u32> words(kBlock);
  for (auto _ : state) {
    engine.fill(words);
    for (std::size_t k = 0; k < kBlock; ++k) {
      if (k + kAhead < kBlock) __builtin_prefetch(places + (words[k + kAhead] * n >> 32), 1);
      ++places[words[k] * n >> 32];
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(kBlock));
}

BENCHMARK(copy_indices)->Arg(65536)->Arg(100'000'000);
BENCHMARK(random_read_modify_write)->RangeMultiplier(10)->Range(100'000, 100'000'000);

}  // namespace
