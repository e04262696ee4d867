// Batches of samples of like length: shuffled, cut into windows, sorted within each, cut.
//
// Source: the bucketing of sequences in fairseq, torchtext and Hugging Face, with one plan for all
// ranks: the index shuffle of (seed, epoch) is the order of samples, whose windows are sorted by
// length, equal lengths in shuffled order. Batches stand in the plan by their longest sample.
// Work: about 20 ns a sample (the shuffle, a load from anywhere, two passes of a small sort), shared
// among thread_count() threads; 10 ns a batch. Memory: 4 bytes a sample, 12 a batch while it is
// made, 4 then. Threads: an object is used by one thread at a time.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/batch/batch_plan.hpp"
#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "fastsamplers/lengths/window_sorter.hpp"
#include "fastsamplers/order/index_shuffle.hpp"

namespace fastsamplers::batch {

struct BucketRule {
  u64 batch_size = 1;
  u64 window = 1;  // batches
  bool shuffle = true;
  bool drop_last = false;  // what does not fill a batch, of the shuffled order
  u64 seed = 0;
  u64 epoch = 0;

  // Samples in a window of n, where none has more batches than there are.
  u64 window_samples(u64 n) const {
    const u64 size = std::min(batch_size, std::max<u64>(n, 1));
    return size * std::min(window, std::max<u64>(batches(n), 1));
  }
  // Batches of n samples.
  u64 batches(u64 n) const {
    return drop_last || n == 0 ? n / batch_size : (n - 1) / batch_size + 1;
  }
};

class BucketBatches final : public BatchPlan {
 public:
  u64 count() const override;
  u64 size(u64 batch) const override;
  std::optional<u64> short_batch() const override;
  void read(u64 batch, std::span<i64> out) override;

 private:
  friend class BucketBatchesBuilder;

  u64 first(u64 batch) const { return (order_.empty() ? batch : order_[batch]) * batch_size_; }

  u64 batch_size_ = 1;
  PageVector<u32> indices_;  // in the order of windows
  PageVector<u32> order_;    // which batch of them stands where; empty: as they come
};

// MemoryLimitError when a plan for such lengths cannot fit.
void require_bucket_memory(const lengths::LengthSurvey& survey, const BucketRule& rule);

class BucketBatchesBuilder {
 public:
  // std::invalid_argument unless batch_size and window are positive and values fewer than 2^32.
  BucketBatchesBuilder(const IntegerArray& values, const lengths::LengthSurvey& survey,
                       const BucketRule& rule);

  // Sorts about `steps` more samples; true when the plan is complete.
  bool advance(u64 steps);
  std::shared_ptr<BucketBatches> plan() { return std::move(plan_); }

 private:
  void sort_window(lengths::WindowSorter& sorter, u64 window);
  bool order_batches(u64 steps);

  IntegerArray values_;
  lengths::KeyRule rule_of_keys_;
  BucketRule rule_;
  u64 window_;  // samples
  std::shared_ptr<BucketBatches> plan_;
  std::optional<order::IndexShuffle> shuffle_;
  std::vector<lengths::WindowSorter> sorters_;
  u64 done_ = 0;             // windows
  PageVector<u64> longest_;  // the key of each batch's longest sample
  std::optional<lengths::LengthSurveyor> surveyor_;
  std::optional<lengths::BucketArgsort<u32>> argsort_;
};

}  // namespace fastsamplers::batch
