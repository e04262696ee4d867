#include "fastsamplers/weighted/block_sums.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/rng/uniform.hpp"
#include "fastsamplers/weighted/runner_sort.hpp"

namespace fastsamplers::weighted {
namespace {

// Fewer draws are looked up by one thread.
constexpr std::size_t kParallelDraws = 4096;

// Draws as runners: the lowest point is foremost.
u64 key_of(u64 point) { return rng::kUniformMask - point; }
double uniform_of(const Runner& draw) { return rng::to_uniform(rng::kUniformMask - draw.key); }

// Looks up draws that ascend, block by block.
template <class Real>
class Sweep {
 public:
  Sweep(const BlockSums& sums, const Weights& weights)
      : sums_(sums),
        weights_(weights),
        total_(static_cast<Real>(sums.before(sums.block_count()))) {}

  void look_up(const Runner* draws, std::size_t count, i64* out) {
    u64 block = 0;
    for (std::size_t d = 0; d < count;) {
      const double first = uniform_of(draws[d]);
      block = block_of(first, block);
      read(block);
      std::size_t k = 0;
      // The last share of the last block is 1, above every draw, and so is a block's last share
      // above the draws that fall into it.
      do {
        const double uniform = uniform_of(draws[d]);
        while (k < size_ && static_cast<double>(shares_[k]) < uniform) ++k;
        if (k == size_ && block + 1 < sums_.block_count()) break;
        const u64 index = block * kSumBlock + std::min(k, size_ - 1);
        out[draws[d].index] = static_cast<i64>(index);
        ++d;
      } while (d < count);
      if (k == size_) ++block;  // so that weights that change meanwhile cannot hold it up
    }
  }

 private:
  // The first block, not before `from`, at whose end the share reaches `uniform`.
  u64 block_of(double uniform, u64 from) const {
    u64 least = from;
    u64 most = sums_.block_count() - 1;
    while (least < most) {
      const u64 middle = least + (most - least) / 2;
      const Real share = static_cast<Real>(sums_.before(middle + 1)) / total_;
      if (static_cast<double>(share) < uniform) {
        least = middle + 1;
      } else {
        most = middle;
      }
    }
    return least;
  }

  void read(u64 block) {
    const u64 first = block * kSumBlock;
    size_ = static_cast<std::size_t>(std::min<u64>(kSumBlock, weights_.size - first));
    const double* const values = read_weights(weights_, first, size_, block_);
    auto sum = static_cast<Real>(sums_.before(block));
    for (std::size_t k = 0; k < size_; ++k) shares_[k] = sum += static_cast<Real>(values[k]);
    for (std::size_t k = 0; k < size_; ++k) shares_[k] /= total_;
    if (first + size_ == weights_.size) shares_[size_ - 1] = 1;
  }

  const BlockSums& sums_;
  Weights weights_;
  Real total_;
  WeightBlock block_;
  std::array<Real, kSumBlock> shares_;
  std::size_t size_ = 0;
};

}  // namespace

BlockSums::BlockSums(const Weights& weights)
    : weights_(weights), n_(weights.size), precision_(weights.precision) {
  check_argument(n_ > 0, "n", "positive", n_);
  sums_.reserve((n_ - 1) / kSumBlock + 2);
  sums_.push_back(0);
}

bool BlockSums::advance(u64 steps) {
  const u64 wanted = std::max<u64>(kSumBlock, steps / kSumBlock * kSumBlock);
  const u64 last = done_ + std::min(wanted, n_ - done_);
  precision_ == Precision::f64 ? add_up<double>(last) : add_up<float>(last);
  if (done_ < n_) return false;
  weights_ = {};  // not ours to keep
  return true;
}

template <class Real>
void BlockSums::add_up(u64 last) {
  WeightBlock block;
  auto sum = static_cast<Real>(sums_.back());
  while (done_ < last) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kSumBlock, last - done_));
    const double* const values = read_weights(weights_, done_, count, block);
    for (std::size_t k = 0; k < count; ++k) sum += static_cast<Real>(values[k]);
    done_ += count;
    sums_.push_back(static_cast<double>(sum));
  }
}

void require_block_draws_memory(u64 count) {
  require_memory(2 * sizeof(Runner) * count, std::to_string(count) + " draws",
                 "draw them in parts");
}

void draw_by_blocks(const BlockSums& sums, const Weights& weights, rng::Mt19937 engine,
                    std::span<i64> out) {
  check_argument(weights.size == sums.size(), "weights", "those that were summed up", weights.size);
  require_block_draws_memory(out.size());
  PageVector<Runner> draws(out.size());
  for (std::size_t k = 0; k < draws.size(); ++k) {
    draws[k] = {key_of(engine.random64() & rng::kUniformMask), k};
  }
  sort_runners(draws);
  run_on_ranges(draws.size(), kParallelDraws, [&](u64 first, u64 end) {
    if (sums.precision() == Precision::f64) {
      Sweep<double>(sums, weights).look_up(draws.data() + first, end - first, out.data());
    } else {
      Sweep<float>(sums, weights).look_up(draws.data() + first, end - first, out.data());
    }
  });
}

}  // namespace fastsamplers::weighted
