#include "multinomial.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "oracle.hpp"

namespace fastsamplers::test {
namespace {

template <class Real>
std::vector<double> running_shares(const std::vector<double>& weights) {
  std::vector<Real> sums;
  Real sum = 0;
  for (const double weight : weights) sums.push_back(sum += static_cast<Real>(weight));
  std::vector<double> shares;
  for (const Real part : sums) shares.push_back(static_cast<double>(static_cast<Real>(part / sum)));
  shares.back() = 1;
  return shares;
}

// The word of the state that mt19937's output function turns into `word`.
u32 untemper(u32 word) {
  word ^= word >> 18;
  word ^= (word << 15) & 0xefc60000U;
  u32 left = word;
  for (int i = 0; i < 4; ++i) left = word ^ ((left << 7) & 0x9d2c5680U);
  u32 right = left;
  for (int i = 0; i < 2; ++i) right = left ^ (right >> 11);
  return right;
}

}  // namespace

std::vector<u64> uniform_points(std::mt19937& words, std::size_t count) {
  std::vector<u64> points(count);
  for (u64& point : points) point = two_words(words) % (u64{1} << 53);
  return points;
}

std::vector<double> distribution_of(const std::vector<double>& weights, Precision precision) {
  return precision == Precision::f64 ? running_shares<double>(weights)
                                     : running_shares<float>(weights);
}

i64 index_at(const std::vector<double>& distribution, u64 point) {
  const double uniform = static_cast<double>(point) * 0x1p-53;
  return std::lower_bound(distribution.begin(), distribution.end(), uniform) - distribution.begin();
}

std::vector<double> quotients_of(const std::vector<double>& weights, const std::vector<u64>& points,
                                 Precision precision) {
  std::vector<double> quotients(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exponential = -1.0 * std::log1p(-(static_cast<double>(points[i]) * 0x1p-53));
    quotients[i] = precision == Precision::f64
                       ? weights[i] / exponential
                       : static_cast<float>(weights[i]) / static_cast<float>(exponential);
  }
  return quotients;
}

std::vector<i64> topk(const std::vector<double>& quotients, std::size_t k) {
  using Pair = std::pair<double, i64>;
  std::vector<Pair> pairs;
  for (const double quotient : quotients) {
    pairs.emplace_back(quotient, static_cast<i64>(pairs.size()));
  }
  const auto greater = [](const Pair& a, const Pair& b) {
    return (std::isnan(a.first) && !std::isnan(b.first)) || a.first > b.first;
  };
  const auto end = pairs.begin() + static_cast<std::ptrdiff_t>(k);
  if (k * 64 <= pairs.size()) {
    std::partial_sort(pairs.begin(), end, pairs.end(), greater);
  } else {
    std::nth_element(pairs.begin(), end - 1, pairs.end(), greater);
    std::sort(pairs.begin(), end - 1, greater);
  }
  std::vector<i64> indices;
  for (std::size_t i = 0; i < k; ++i) indices.push_back(pairs[i].second);
  return indices;
}

i64 argmax(const std::vector<double>& quotients) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < quotients.size(); ++i) {
    if (std::isnan(quotients[best])) break;
    if (std::isnan(quotients[i]) || quotients[i] > quotients[best]) best = i;
  }
  return static_cast<i64>(best);
}

std::vector<i64> choice_of(const std::vector<double>& quotients, std::size_t k) {
  return k == 1 ? std::vector<i64>{argmax(quotients)} : topk(quotients, k);
}

rng::Mt19937 engine_that_draws(const std::vector<u64>& points) {
  rng::Mt19937::State state;
  state.left = 624;  // 623 words are unused, the first of them is words[1]
  state.next = 1;
  for (std::size_t i = 0; i < points.size(); ++i) {
    state.words.at(2 * i + 1) = untemper(static_cast<u32>(points[i] >> 32));
    state.words.at(2 * i + 2) = untemper(static_cast<u32>(points[i]));
  }
  return rng::Mt19937(state);
}

}  // namespace fastsamplers::test
