#include "fastsamplers/weighted/tied_choice.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/weighted/race.hpp"

namespace fastsamplers::weighted {
namespace {

// torch.topk sorts in part from this many items for each one wanted.
constexpr u64 kPartialSortShare = 64;

using Pair = std::pair<double, i64>;

struct Greater {
  bool operator()(const Pair& a, const Pair& b) const {
    return (std::isnan(a.first) && !std::isnan(b.first)) || a.first > b.first;
  }
};

// std::partial_sort, step by step: a heap of the first k, into which every later pair goes that is
// ahead of the last in it.
PageVector<Pair> sort_in_part(RaceReader& reader, u64 n, u64 k) {
  PageVector<Pair> heap;
  heap.reserve(k + 1);
  const auto take = [&](u64 index, double quotient) {
    heap.emplace_back(quotient, static_cast<i64>(index));
  };
  reader.read(k, [] { return -1.0; }, take);
  std::make_heap(heap.begin(), heap.end(), Greater());
  const auto least = [&] { return std::isnan(heap[0].first) ? -1.0 : heap[0].first; };
  reader.read(n, least, [&](u64 index, double quotient) {
    const Pair pair{quotient, static_cast<i64>(index)};
    if (!Greater()(pair, heap[0])) return;
    heap.push_back(pair);
    std::pop_heap(heap.begin(), heap.end(), Greater());
    heap.pop_back();
  });
  std::sort_heap(heap.begin(), heap.end(), Greater());
  return heap;
}

PageVector<Pair> sort_whole(RaceReader& reader, u64 n, u64 k) {
  require_memory(sizeof(Pair) * n, "a choice with ties among n=" + std::to_string(n) + " weights",
                 "fewer samples than nonzero weights");
  PageVector<Pair> pairs;
  pairs.reserve(n);
  reader.read(n, [] { return -1.0; }, [&](u64 index, double quotient) {
    pairs.emplace_back(quotient, static_cast<i64>(index));
  });
  const auto last = pairs.begin() + static_cast<std::ptrdiff_t>(k) - 1;
  std::nth_element(pairs.begin(), last, pairs.end(), Greater());
  std::sort(pairs.begin(), last, Greater());
  return pairs;
}

}  // namespace

void choose_with_ties(const rng::Mt19937& engine, const Weights& weights, std::span<i64> out) {
  const u64 n = weights.size;
  const u64 k = out.size();
  RaceReader reader(weights, engine, 0);
  const bool is_partial = k <= n / kPartialSortShare;
  const auto pairs = is_partial ? sort_in_part(reader, n, k) : sort_whole(reader, n, k);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = pairs[i].second;
}

}  // namespace fastsamplers::weighted
