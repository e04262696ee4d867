#include "fastsamplers/weighted/tied_choice.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/weighted/race.hpp"

namespace fastsamplers::weighted {
namespace {

// torch.topk sorts in part from this many items for each one wanted.
constexpr u64 kPartialSortShare = 64;

bool is_partial(u64 n, u64 k) { return k <= n / kPartialSortShare; }

// Fewer items are run by one thread.
constexpr u64 kParallelItems = u64{1} << 16;

using Pair = std::pair<double, i64>;

struct Greater {
  bool operator()(const Pair& a, const Pair& b) const {
    return (std::isnan(a.first) && !std::isnan(b.first)) || a.first > b.first;
  }
};

// std::partial_sort, step by step: a heap of the first k, into which every later pair goes that is
// ahead of the last in it.
PageVector<Pair> sort_in_part(const rng::Mt19937& engine, const Weights& weights, u64 k) {
  RaceReader reader(weights, engine, 0);
  PageVector<Pair> heap;
  heap.reserve(k + 1);
  const auto take = [&](u64 index, double quotient) {
    heap.emplace_back(quotient, static_cast<i64>(index));
  };
  reader.read(k, [] { return -1.0; }, take);
  std::make_heap(heap.begin(), heap.end(), Greater());
  const auto least = [&] { return std::isnan(heap[0].first) ? -1.0 : heap[0].first; };
  reader.read(weights.size, least, [&](u64 index, double quotient) {
    const Pair pair{quotient, static_cast<i64>(index)};
    if (!Greater()(pair, heap[0])) return;
    heap.push_back(pair);
    std::pop_heap(heap.begin(), heap.end(), Greater());
    heap.pop_back();
  });
  std::sort_heap(heap.begin(), heap.end(), Greater());
  return heap;
}

PageVector<Pair> sort_whole(const rng::Mt19937& engine, const Weights& weights, u64 k) {
  const u64 n = weights.size;
  PageVector<Pair> pairs(n);
  run_on_ranges(n, kParallelItems, [&](u64 first, u64 end) {
    rng::Mt19937 mine = engine;
    mine.skip(rng::kUniformWords * first);
    RaceReader(weights, mine, first)
        .read(
            end, [] { return -1.0; },
            [&](u64 index, double quotient) {
              pairs[index] = {quotient, static_cast<i64>(index)};
            });
  });
  const auto last = pairs.begin() + static_cast<std::ptrdiff_t>(k) - 1;
  std::nth_element(pairs.begin(), last, pairs.end(), Greater());
  std::sort(pairs.begin(), last, Greater());
  return pairs;
}

}  // namespace

void require_tied_choice_memory(const Weights& weights, u64 count) {
  const u64 pairs = is_partial(weights.size, count) ? count + 1 : weights.size;
  require_memory(sizeof(Pair) * pairs,
                 "a choice with ties among n=" + std::to_string(weights.size) + " weights",
                 "fewer samples than nonzero weights, float64 weights, or replacement=True");
}

void choose_with_ties(const rng::Mt19937& engine, const Weights& weights, std::span<i64> out) {
  const u64 k = out.size();
  require_tied_choice_memory(weights, k);
  const auto pairs = is_partial(weights.size, k) ? sort_in_part(engine, weights, k)
                                                 : sort_whole(engine, weights, k);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = pairs[i].second;
}

}  // namespace fastsamplers::weighted
