// Words, skipped words and bounded integers.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/rng/remainders.hpp"

using namespace fastsamplers;
using rng::Mt19937;

namespace {

constexpr std::size_t kBlock = 2048;

// The argument is the instruction-set level; false, with a message, where the machine lacks it.
bool use_level(benchmark::State& state) {
  const auto isa = static_cast<Isa>(state.range(0));
  if (isa > supported_isa()) {
    state.SkipWithError("this machine lacks the instructions");
    return false;
  }
  set_active_isa(isa_name(isa));
  state.SetLabel(std::string(isa_name(isa)));
  return true;
}

void words(benchmark::State& state) {
  if (!use_level(state)) return;
  Mt19937 engine(1);
  std::vector<u32> out(kBlock);
  for (auto _ : state) {
    engine.fill(out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(kBlock));
}

void skipped_words(benchmark::State& state) {
  if (!use_level(state)) return;
  constexpr i64 kSkip = 1 << 20;
  Mt19937 engine(1);
  for (auto _ : state) engine.skip(kSkip);
  state.SetItemsProcessed(state.iterations() * kSkip);
}

void forward_targets(benchmark::State& state) {
  if (!use_level(state)) return;
  std::vector<u32> in(kBlock), out(kBlock);
  Mt19937(1).fill(in);
  const auto make = rng::kForwardTargets.active();
  for (auto _ : state) {
    make(in.data(), 12'345, 100'000'000, kBlock, out.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(kBlock));
}

void bounded(benchmark::State& state) {
  const auto range = static_cast<u64>(state.range(0));
  Mt19937 engine(1);
  std::vector<i64> out(kBlock);
  for (auto _ : state) {
    rng::bounded_fill(engine, 0, range, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(kBlock));
}

BENCHMARK(words)->DenseRange(0, kIsaCount - 1);
BENCHMARK(skipped_words)->DenseRange(0, kIsaCount - 1);
BENCHMARK(forward_targets)->DenseRange(0, kIsaCount - 1);
BENCHMARK(bounded)->Arg(1'000'000)->Arg(i64{1} << 40);

}  // namespace
