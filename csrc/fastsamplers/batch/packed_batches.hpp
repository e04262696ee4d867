// Batches of bins, in one epoch: the bins of a packing in shuffled order, so many to a batch.
//
// Work: a copy of each index. Memory: none beside the bins, but 2 bytes a bin where they are at
// most 4,096. Threads: an object is used by one thread at a time.
#pragma once

#include <memory>
#include <optional>

#include "fastsamplers/batch/batch_plan.hpp"
#include "fastsamplers/order/index_shuffle.hpp"
#include "fastsamplers/packing/packing.hpp"

namespace fastsamplers::batch {

struct PackedRule {
  u64 batch_size = 1;  // bins
  bool shuffle = true;
  bool drop_last = false;  // bins that do not fill a batch
  u64 seed = 0;
  u64 epoch = 0;

  u64 batches(u64 bins) const {
    return drop_last || bins == 0 ? bins / batch_size : (bins - 1) / batch_size + 1;
  }
};

class PackedBatches final : public BatchPlan {
 public:
  // std::invalid_argument unless batch_size is positive.
  PackedBatches(std::shared_ptr<const packing::Bins> bins, const PackedRule& rule);

  u64 count() const override { return rule_.batches(bins_->count()); }
  u64 size(u64 batch) const override;
  std::optional<u64> short_batch() const override;
  void read(u64 batch, std::span<i64> out) override;
  bool has_bins() const override { return rule_.batch_size > 1; }
  void read_bins(u64 batch, std::vector<u64>& sizes) override;

 private:
  // body(indices of a bin) for the bins of a batch.
  template <class Body>
  void for_bins(u64 batch, const Body& body) const;

  std::shared_ptr<const packing::Bins> bins_;
  PackedRule rule_;
  std::optional<order::IndexShuffle> shuffle_;
};

}  // namespace fastsamplers::batch
