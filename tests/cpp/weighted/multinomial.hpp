// torch.multinomial on the CPU in the plainest words: the loops and library calls of PyTorch's
// sources, on arrays of everything. Nothing here uses the kernels.
#pragma once

#include <random>
#include <vector>

#include "fastsamplers/rng/mt19937.hpp"
#include "weight_kinds.hpp"

namespace fastsamplers::test {

// The next `count` uniform numbers, times 2^53.
std::vector<u64> uniform_points(std::mt19937& words, std::size_t count);

// The running sums in `precision`, each divided by the total; the last is 1.
std::vector<double> distribution_of(const std::vector<double>& weights, Precision precision);
// The first index whose value is not below point * 2^-53.
i64 index_at(const std::vector<double>& distribution, u64 point);

// w / -log1p(-u) of every weight, in `precision`.
std::vector<double> quotients_of(const std::vector<double>& weights, const std::vector<u64>& points,
                                 Precision precision);
// torch.topk(quotients, k).indices and torch.argmax(quotients).
std::vector<i64> topk(const std::vector<double>& quotients, std::size_t k);
i64 argmax(const std::vector<double>& quotients);
// multinomial without replacement: the first of these, or for k = 1 the second.
std::vector<i64> choice_of(const std::vector<double>& quotients, std::size_t k);

// At most 311 points that are not left to chance, and an engine that draws them next.
rng::Mt19937 engine_that_draws(const std::vector<u64>& points);

}  // namespace fastsamplers::test
