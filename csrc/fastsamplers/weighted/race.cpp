#include "fastsamplers/weighted/race.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace fastsamplers::weighted {
namespace {

// Runners gathered before the pool is first cut, however few are kept.
constexpr std::size_t kLeastPool = 128;

// The filter's scale for a threshold: a little too low, by more than what rounding does to the
// quotient, to log1p and to the products here. Where they are too small to be rounded by a known
// part, and where they are not finite, everything passes.
double filter_scale(double threshold, Precision precision) {
  const bool is_double = precision == Precision::f64;
  const double least = is_double ? 0x1p-900 : 0x1p-100;
  if (!(threshold >= least) || std::isinf(threshold)) return 0;
  const double slack = is_double ? 1 - 0x1p-40 : 1 - 0x1p-18;
  return threshold * slack * 0x1p-21;
}

}  // namespace

double race_quotient(double weight, u64 bits, Precision precision) {
  if (weight == 0 && bits != 0) return 0;  // whatever the logarithm
  const double exponential = -std::log1p(-rng::to_uniform(bits));
  if (precision == Precision::f64) return weight / exponential;
  return static_cast<float>(weight) / static_cast<float>(exponential);
}

u64 race_key(double quotient) {
  if (std::isnan(quotient)) return ~u64{0};
  return std::bit_cast<u64>(quotient + 0.0);  // -0 becomes 0
}

RaceReader::RaceReader(const Weights& weights, const rng::Mt19937& engine, u64 first)
    : weights_(weights), engine_(engine), first_(first) {}

std::size_t RaceReader::filter(u64 last, double threshold) {
  const auto count = static_cast<std::size_t>(std::min<u64>(kWeightBlock, last - first_));
  engine_.fill({words_.data(), rng::kUniformWords * count});
  values_ = read_weights(weights_, first_, count, block_);
  block_first_ = first_;
  first_ += count;
  if (threshold < 0) {  // whatever the weights
    std::iota(survivors_.begin(), survivors_.begin() + count, u32{0});
    return count;
  }
  const double scale = filter_scale(threshold, weights_.precision);
  return kRaceFilter.active()(words_.data(), values_, count, scale, survivors_.data());
}

RunnerPool::RunnerPool(u64 keep, double threshold) : keep_(keep), threshold_(threshold) {
  const u64 most = std::numeric_limits<std::size_t>::max() / (2 * sizeof(Runner));
  capacity_ = static_cast<std::size_t>(std::clamp<u64>(2 * std::min(keep, most), kLeastPool, most));
}

void RunnerPool::reserve(u64 count) { runners_.reserve(std::min<u64>(count, capacity_)); }

void RunnerPool::cut() {
  const auto keep = static_cast<std::ptrdiff_t>(keep_);
  std::nth_element(runners_.begin(), runners_.begin() + keep - 1, runners_.end());
  runners_.resize(keep_);
  const u64 key = runners_.back().key;
  // All that is dropped, now and later, is not above the last one kept. Where that is NaN nothing
  // is known to be below.
  if (key != ~u64{0}) threshold_ = std::max(threshold_, std::bit_cast<double>(key));
}

}  // namespace fastsamplers::weighted
