// Copies, gathers and the choice of owned steps, at every instruction-set level.

#include <benchmark/benchmark.h>

#include <numeric>
#include <vector>

#include "fastsamplers/order/copies.hpp"
#include "fastsamplers/order/owned_steps.hpp"
#include "fastsamplers/rng/mt19937.hpp"
#include "levels.hpp"

using namespace fastsamplers;
using bench::all_levels;
using bench::Level;

namespace {

constexpr std::size_t kBlock = 16384;

std::vector<u32> some_words(std::size_t count, u32 range) {
  std::vector<u32> words(count);
  rng::Mt19937(1).fill(words);
  for (u32& word : words) word %= range;
  return words;
}

template <class Kernel>
void time_block(benchmark::State& state, std::size_t items, Kernel&& kernel) {
  for (auto _ : state) {
    kernel();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(items));
}

void widening_copy(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(kBlock, 1'000'000);
  std::vector<i64> out(kBlock);
  const auto widen = order::kWiden.active();
  time_block(state, kBlock, [&] { widen(in.data(), kBlock, out.data()); });
}

void decoding_copy(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(kBlock, 1'000'000);
  std::vector<i64> out(kBlock);
  const auto decode = order::kDecode.active();
  time_block(state, kBlock, [&] { decode(in.data(), 0, 1, kBlock, out.data()); });
}

void decoding_every_eighth(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> in = some_words(kBlock, 1'000'000);
  std::vector<i64> out(kBlock / 8);
  const auto decode = order::kDecode.active();
  time_block(state, out.size(), [&] { decode(in.data(), 3, 8, out.size() - 1, out.data()); });
}

// Of 2^20 values, which fit the caches: from memory it is the memory that is timed.
template <class Value>
void gather(benchmark::State& state, const Variants<order::GatherFunction<Value>>& kernel) {
  const Level level(state);
  if (!level) return;
  constexpr u32 kValues = u32{1} << 20;
  const std::vector<u32> at = some_words(kBlock, kValues);
  std::vector<Value> values(kValues);
  std::iota(values.begin(), values.end(), Value{0});
  const std::vector<i64> indices(at.begin(), at.end());
  std::vector<i64> out = indices;
  const auto gather = kernel.active();
  time_block(state, kBlock, [&] { gather(values.data(), out.data(), kBlock); });
}

void gather_64_bits(benchmark::State& state) { gather(state, order::kGather64); }
void gather_32_bits(benchmark::State& state) { gather(state, order::kGather32); }

void owned_steps_of_one_in_two(benchmark::State& state) {
  const Level level(state);
  if (!level) return;
  const std::vector<u32> targets = some_words(kBlock, 1'000'000);
  std::vector<u32> kept(kBlock + order::kOwnedPadding), steps(kBlock + order::kOwnedPadding);
  const auto keep = order::kOwnedSteps.active();
  time_block(state, kBlock, [&] {
    benchmark::DoNotOptimize(
        keep(targets.data(), kBlock, 0, 0, 500'000, kept.data(), steps.data()));
  });
}

BENCHMARK(widening_copy)->Apply(all_levels);
BENCHMARK(decoding_copy)->Apply(all_levels);
BENCHMARK(decoding_every_eighth)->Apply(all_levels);
BENCHMARK(gather_32_bits)->Apply(all_levels);
BENCHMARK(gather_64_bits)->Apply(all_levels);
BENCHMARK(owned_steps_of_one_in_two)->Apply(all_levels);

}  // namespace
