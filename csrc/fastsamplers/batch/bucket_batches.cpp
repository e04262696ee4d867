#include "fastsamplers/batch/bucket_batches.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/batch/plan_seed.hpp"

namespace fastsamplers::batch {
namespace {

// Indices taken from the shuffle at a time.
constexpr std::size_t kBlock = 1024;

IntegerArray array_of(const PageVector<u64>& values) {
  IntegerArray array;
  array.data = values.data();
  array.size = values.size();
  array.stride = sizeof(u64);
  array.type = IntegerArray::Type::u64;
  return array;
}

}  // namespace

u64 BucketBatches::count() const {
  return indices_.empty() ? 0 : (indices_.size() - 1) / batch_size_ + 1;
}

u64 BucketBatches::size(u64 batch) const {
  return std::min<u64>(batch_size_, indices_.size() - first(batch));
}

std::optional<u64> BucketBatches::short_batch() const {
  if (indices_.size() % batch_size_ == 0) return std::nullopt;
  const u64 last = count() - 1;
  if (order_.empty()) return last;
  const auto place = std::find(order_.begin(), order_.end(), static_cast<u32>(last));
  return static_cast<u64>(place - order_.begin());
}

void BucketBatches::read(u64 batch, std::span<i64> out) {
  std::copy_n(indices_.begin() + static_cast<std::ptrdiff_t>(first(batch)), out.size(),
              out.begin());
}

void require_bucket_memory(const lengths::LengthSurvey& survey, const BucketRule& rule) {
  check_argument(rule.batch_size > 0, "batch_size", "positive", rule.batch_size);
  check_argument(rule.window > 0, "window", "positive", rule.window);
  const u64 n = survey.count;
  const u64 batches = rule.batches(n);
  const u64 sorters = lengths::window_sorter_bytes(survey.range(), rule.window_samples(n), n);
  require_memory(4 * n + 12 * batches + sorters,
                 "a plan of " + std::to_string(batches) + " batches",
                 "larger batches, smaller windows or fewer lengths would need less");
}

BucketBatchesBuilder::BucketBatchesBuilder(const IntegerArray& values,
                                           const lengths::LengthSurvey& survey,
                                           const BucketRule& rule)
    : values_(values), rule_of_keys_(survey.ascending()), rule_(rule) {
  check_argument(rule.batch_size > 0, "batch_size", "positive", rule.batch_size);
  check_argument(rule.window > 0, "window", "positive", rule.window);
  check_argument(values.size < lengths::kMostSorted, "lengths", "fewer than 2**32", values.size);
  const u64 n = values.size;
  const u64 batches = rule.batches(n);
  const u64 used = rule.drop_last ? batches * rule.batch_size : n;
  // As many as there are at most: the products cannot overflow then.
  const u64 size = std::min(rule.batch_size, std::max<u64>(n, 1));
  window_ = rule.window_samples(n);
  plan_ = std::make_shared<BucketBatches>();
  plan_->batch_size_ = size;
  plan_->indices_.resize(used);
  if (used == 0) return;
  if (rule.shuffle) {
    shuffle_.emplace(n, plan_seed(rule.seed, Purpose::samples), rule.epoch);
    longest_.resize(batches);
  }
  sorters_ = lengths::window_sorters(values, rule_of_keys_, window_, used);
}

bool BucketBatchesBuilder::advance(u64 steps) {
  const u64 used = plan_->indices_.size();
  const u64 windows = used == 0 ? 0 : (used - 1) / window_ + 1;
  if (done_ < windows) {
    const u64 end = done_ + std::min(std::max<u64>(steps / window_, 1), windows - done_);
    lengths::for_windows(sorters_, done_, end, [this](lengths::WindowSorter& sorter, u64 window) {
      sort_window(sorter, window);
    });
    done_ = end;
    return done_ == windows && longest_.empty();
  }
  return longest_.empty() || order_batches(steps);
}

void BucketBatchesBuilder::sort_window(lengths::WindowSorter& sorter, u64 window) {
  const u64 first = window * window_;
  const auto count = static_cast<std::size_t>(std::min(window_, plan_->indices_.size() - first));
  const std::span<u32> indices{plan_->indices_.data() + first, count};
  if (shuffle_) {
    std::array<i64, kBlock> block;
    for (std::size_t k = 0; k < count; k += kBlock) {
      const std::size_t size = std::min(kBlock, count - k);
      shuffle_->values_of_range(static_cast<i64>(first + k), 1, {block.data(), size});
      for (std::size_t j = 0; j < size; ++j) indices[k + j] = static_cast<u32>(block[j]);
    }
  } else {
    for (std::size_t k = 0; k < count; ++k) indices[k] = static_cast<u32>(first + k);
  }
  sorter.sort(indices);
  if (longest_.empty()) return;
  const u64 size = plan_->batch_size_;
  for (std::size_t k = 0; k < count; k += size) {
    const std::size_t last = std::min<std::size_t>(k + size, count) - 1;
    lengths::gather_keys<u64>(values_, rule_of_keys_, indices.subspan(last, 1),
                              &longest_[(first + k) / size]);
  }
}

bool BucketBatchesBuilder::order_batches(u64 steps) {
  const IntegerArray longest = array_of(longest_);
  if (!argsort_) {
    if (!surveyor_) surveyor_.emplace(longest);
    if (!surveyor_->advance(steps)) return false;
    plan_->order_.resize(longest_.size());
    argsort_.emplace(longest, surveyor_->survey(), false,
                     std::span<u32>{plan_->order_.data(), longest_.size()});
  }
  if (!argsort_->advance(steps)) return false;
  argsort_.reset();
  longest_ = {};
  return true;
}

}  // namespace fastsamplers::batch
