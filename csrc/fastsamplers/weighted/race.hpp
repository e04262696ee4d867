// The exponential race: every item's quotient q = w / E, the greatest first.
//
// Source: multinomial without replacement of at::native: q = self /
// empty_like(self).exponential_(), E = -log1p(-u) by the platform's libm, both in the precision of
// the weights; then the greatest k.
// Work: the filter's, and a logarithm (10-20 ns) for the items it lets through: about
// k * (1 + ln(n / k)) of n, fewer with a threshold to start from.
// Memory: 16 bytes a runner, at most twice as many as are kept. Words: two an item.
// Threads: runs over parts of the items are independent of each other.
#pragma once

#include <array>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/rng/uniform.hpp"
#include "fastsamplers/weighted/race_filter.hpp"
#include "fastsamplers/weighted/weights.hpp"

namespace fastsamplers::weighted {

// One item with its quotient, as a whole number that is greater where the quotient is. NaN (0 / 0)
// is the greatest, as in torch.
struct Runner {
  u64 key;
  u64 index;

  // Ahead of another: a greater quotient, of equal ones the lower index.
  bool operator<(const Runner& other) const {
    return key != other.key ? key > other.key : index < other.index;
  }
};

// w / -log1p(-u) in `precision`, u = bits * 2^-53.
double race_quotient(double weight, u64 bits, Precision precision);
u64 race_key(double quotient);

// Reads items first .. last - 1 with their words and hands on the ones that may have a quotient
// above a threshold, which may rise on the way.
class RaceReader {
 public:
  // `engine` stands where the words of item `first` begin.
  RaceReader(const Weights& weights, const rng::Mt19937& engine, u64 first);

  // visit(index, quotient) for every item before `last` whose quotient may exceed threshold(), in
  // order. A threshold below 0 lets all through, also weights that have become invalid meanwhile.
  template <class Threshold, class Visit>
  void read(u64 last, Threshold&& threshold, Visit&& visit) {
    while (first_ < last) {
      const std::size_t found = filter(last, threshold());
      for (std::size_t s = 0; s < found; ++s) {
        const u32 k = survivors_[s];
        visit(block_first_ + k, quotient(k));
      }
    }
  }

 private:
  std::size_t filter(u64 last, double threshold);
  double quotient(u32 k) const {
    return race_quotient(values_[k], rng::uniform_bits(words_.data() + 2 * k), weights_.precision);
  }

  Weights weights_;
  rng::Mt19937 engine_;
  u64 first_;  // the next item
  u64 block_first_ = 0;
  const double* values_ = nullptr;
  WeightBlock block_;
  std::array<u32, rng::kUniformWords * kWeightBlock> words_;
  std::array<u32, kWeightBlock + kFilterSlack> survivors_;
};

// Keeps the `keep` foremost runners of all that come.
class RunnerPool {
 public:
  // With a threshold of 0 or more, runners that do not exceed it are dropped unseen.
  RunnerPool(u64 keep, double threshold);

  double threshold() const { return threshold_; }
  void add(u64 index, double quotient) {
    if (threshold_ >= 0 && quotient <= threshold_) return;  // NaN stays
    runners_.push_back({race_key(quotient), index});
    if (runners_.size() >= capacity_) cut();
  }
  void reserve(u64 count);
  PageVector<Runner>& runners() { return runners_; }
  const PageVector<Runner>& runners() const { return runners_; }

 private:
  void cut();

  u64 keep_;
  std::size_t capacity_;
  double threshold_;
  PageVector<Runner> runners_;
};

}  // namespace fastsamplers::weighted
