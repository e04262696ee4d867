// Streams, whole and at their beginning.

#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/randperm.hpp"
#include "fastsamplers/order/replacement.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"
#include "fastsamplers/shard/strided_shard.hpp"
#include "threads.hpp"

using namespace fastsamplers;
using rng::Mt19937;
using test::Threads;

namespace {

constexpr std::size_t kBlock = 65536;

void read(benchmark::State& state, order::IndexStream& stream) {
  static std::vector<i64> out(kBlock);  // not part of what is timed
  while (stream.next(out) > 0) benchmark::DoNotOptimize(out.data());
  state.SetItemsProcessed(state.items_processed() + static_cast<i64>(stream.length()));
}

void permutation(benchmark::State& state) {
  const auto n = static_cast<u64>(state.range(0));
  for (auto _ : state) {
    order::PermutationStream stream(Mt19937(1), n, n);
    read(state, stream);
  }
}

void first_indices(benchmark::State& state) {
  const auto n = static_cast<u64>(state.range(0));
  std::vector<i64> out(1024);
  for (auto _ : state) {
    order::PermutationStream stream(Mt19937(1), n, n);
    stream.next(out);
    benchmark::DoNotOptimize(out.data());
  }
}

// Arguments of both: n, threads.
void whole_permutation(benchmark::State& state) {
  const Threads threads(state.range(1));
  std::vector<i32> out(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    order::Randperm permutation(Mt19937(1), out);
    permutation.advance(out.size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void inside_out(benchmark::State& state) {
  const Threads threads(state.range(1));
  const auto n = static_cast<u64>(state.range(0));
  for (auto _ : state) {
    order::InsideOutShuffle shuffle(Mt19937(1), n);
    shuffle.advance(n);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void sequential(benchmark::State& state) {
  order::SequentialStream stream(10'000'000);
  for (auto _ : state) {
    stream.seek(0);
    read(state, stream);
  }
}

void replacement(benchmark::State& state) {
  for (auto _ : state) {
    order::ReplacementStream stream(Mt19937(1), static_cast<u64>(state.range(0)), 10'000'000);
    read(state, stream);
  }
}

void subset(benchmark::State& state) {
  const std::vector<i64> values(static_cast<std::size_t>(state.range(0)), 3);
  IntegerArray array;
  array.data = values.data();
  array.size = values.size();
  array.stride = sizeof(i64);
  for (auto _ : state) {
    auto order = std::make_shared<order::SequentialStream>(values.size());
    order::SubsetStream stream(order, array, nullptr);
    read(state, stream);
  }
}

void share_of_eight(benchmark::State& state) {
  const auto n = static_cast<u64>(state.range(0));
  for (auto _ : state) {
    auto order = std::make_shared<order::PermutationStream>(Mt19937(1), n, n);
    shard::StridedShard stream(order, 3, 8, n / 8);
    read(state, stream);
  }
}

BENCHMARK(permutation)->RangeMultiplier(10)->Range(1'000, 100'000'000)->UseRealTime();
BENCHMARK(first_indices)->Arg(1'000'000)->Arg(200'000'000);
BENCHMARK(whole_permutation)
    ->ArgsProduct({{1'000'000, 20'000'000, 100'000'000}, {1, 2}})
    ->UseRealTime();
BENCHMARK(inside_out)->ArgsProduct({{10'000'000, 100'000'000}, {1, 2}})->UseRealTime();
BENCHMARK(sequential);
BENCHMARK(replacement)->Arg(1'000'000)->Arg(i64{1} << 40);
BENCHMARK(subset)->Arg(10'000'000);
BENCHMARK(share_of_eight)->Arg(8'000'000);

}  // namespace
