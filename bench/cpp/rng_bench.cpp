// Words, skipped words and the remainders that bound them, at every instruction-set level.

#include <benchmark/benchmark.h>

#include <vector>

#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/rng/remainders.hpp"
#include "levels.hpp"

using namespace fastsamplers;
using bench::all_levels;
using bench::Level;
using rng::Mt19937;

namespace {

constexpr std::size_t kBlock = 2048;

std::vector<u32> some_words(std::size_t count) {
  std::vector<u32> words(count);
  Mt19937(1).fill(words);
  return words;
}

// kernel() makes kBlock items.
template <class Kernel>
void time_block(benchmark::State& state, Kernel&& kernel) {
  for (auto _ : state) {
    kernel();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(kBlock));
}

void words(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  Mt19937 engine(1);
  std::vector<u32> out(kBlock);
  time_block(state, [&] { engine.fill(out); });
}

void skipped_words(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  constexpr i64 kSkip = 1 << 20;
  Mt19937 engine(1);
  for (auto _ : state) engine.skip(kSkip);
  state.SetItemsProcessed(state.iterations() * kSkip);
}

void forward_targets(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(kBlock);
  std::vector<u32> out(kBlock);
  const auto make = rng::kForwardTargets.active();
  time_block(state, [&] { make(in.data(), 12'345, 100'000'000, kBlock, out.data()); });
}

void inside_out_targets(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(2 * kBlock);
  std::vector<u64> out(kBlock);
  const auto make = rng::kInsideOutTargets.active();
  time_block(state, [&] { make(in.data(), 900'000'000, kBlock, out.data()); });
}

void bounded_32_bits(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(kBlock);
  std::vector<i64> out(kBlock);
  const auto bound = rng::kBound.active();
  time_block(state, [&] { bound(in.data(), kBlock, 0, 1'000'003, out.data()); });
}

void bounded_64_bits(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(2 * kBlock);
  std::vector<i64> out(kBlock);
  const auto bound = rng::kWideBound.active();
  time_block(state, [&] { bound(in.data(), kBlock, 0, (u64{1} << 40) + 1, out.data()); });
}

BENCHMARK(words)->Apply(all_levels);
BENCHMARK(skipped_words)->Apply(all_levels);
BENCHMARK(forward_targets)->Apply(all_levels);
BENCHMARK(inside_out_targets)->Apply(all_levels);
BENCHMARK(bounded_32_bits)->Apply(all_levels);
BENCHMARK(bounded_64_bits)->Apply(all_levels);

}  // namespace
