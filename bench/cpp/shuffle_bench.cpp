// The index shuffle at every instruction-set level: ranges, given places, and the inverse.

#include <benchmark/benchmark.h>

#include <numeric>
#include <vector>

#include "fastsamplers/order/index_shuffle.hpp"
#include "levels.hpp"

using namespace fastsamplers;
using bench::all_levels;
using bench::Level;
using order::IndexShuffle;

namespace {

constexpr std::size_t kBlock = 65536;
constexpr u64 kNarrow = 1'000'000'000;
constexpr u64 kWide = 1'000'000'000'000;

template <class Body>
void time_block(benchmark::State& state, u64 n, Body&& body) {
  const Level level(state);
  if (!level) return;
  const IndexShuffle shuffle(n, 1);
  std::vector<i64> out(kBlock);
  std::iota(out.begin(), out.end(), i64{0});
  for (auto _ : state) {
    body(shuffle, out);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<i64>(kBlock));
}

void range(const IndexShuffle& shuffle, std::vector<i64>& out) {
  shuffle.values_of_range(0, 1, out);
}
void places(const IndexShuffle& shuffle, std::vector<i64>& out) { shuffle.values_at(out); }
void inverse(const IndexShuffle& shuffle, std::vector<i64>& out) { shuffle.places_of(out); }

void index_shuffle_of_a_range(benchmark::State& state) { time_block(state, kNarrow, range); }
void index_shuffle_of_a_range_above_2_31(benchmark::State& state) {
  time_block(state, kWide, range);
}
void index_shuffle_of_places(benchmark::State& state) { time_block(state, kNarrow, places); }
void index_shuffle_of_places_above_2_31(benchmark::State& state) {
  time_block(state, kWide, places);
}
void inverse_index_shuffle(benchmark::State& state) { time_block(state, kNarrow, inverse); }
void inverse_index_shuffle_above_2_31(benchmark::State& state) {
  time_block(state, kWide, inverse);
}

BENCHMARK(index_shuffle_of_a_range)->Apply(all_levels);
BENCHMARK(index_shuffle_of_a_range_above_2_31)->Apply(all_levels);
BENCHMARK(index_shuffle_of_places)->Apply(all_levels);
BENCHMARK(index_shuffle_of_places_above_2_31)->Apply(all_levels);
BENCHMARK(inverse_index_shuffle)->Apply(all_levels);
BENCHMARK(inverse_index_shuffle_above_2_31)->Apply(all_levels);

}  // namespace
