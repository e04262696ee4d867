// The greatest k quotients of a race where equal ones reach the first k: which of them are taken,
// and in which order, is whatever the library calls inside torch.topk make of the whole array.
//
// Source: topk_impl_loop of at::native (CPU): std::partial_sort where 64 * k <= n, else
// std::nth_element and std::sort, of (quotient, index) pairs. The first is a heap of k pairs that
// an item enters only if it is above the least of them, so it runs here over what the filter lets
// through; the others need all pairs.
// Work: a logarithm an item, or one for each that may enter the heap. Memory: 16 bytes for each of
// k or n items. Threads: one.
#pragma once

#include <span>

#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/weighted/weights.hpp"

namespace fastsamplers::weighted {

// MemoryLimitError where `count` cannot be chosen in this way.
void require_tied_choice_memory(const Weights& weights, u64 count);

// torch.topk(quotients, out.size()).indices, 1 <= out.size() <= weights.size.
void choose_with_ties(const rng::Mt19937& engine, const Weights& weights, std::span<i64> out);

}  // namespace fastsamplers::weighted
