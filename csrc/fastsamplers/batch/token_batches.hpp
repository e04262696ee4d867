// Batches within a budget, in one epoch: those of a cut, with the samples of each class shuffled.
//
// Each class of lengths has an index shuffle of its own for (seed, epoch), so that nothing but the
// cut is stored and an epoch begins at once. Batches stand by their longest sample, longest first.
// Work: 5-10 ns a sample, a load from anywhere among them; a class's shuffle is made when it is
// first met. Memory: of the shuffles, at most 2 bytes a sample of classes up to 4,096.
// Threads: an object is used by one thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "fastsamplers/batch/batch_plan.hpp"
#include "fastsamplers/batch/token_cut.hpp"
#include "fastsamplers/order/index_shuffle.hpp"

namespace fastsamplers::batch {

class TokenBatches final : public BatchPlan {
 public:
  TokenBatches(std::shared_ptr<const TokenCut> cut, bool shuffle, u64 seed, u64 epoch);

  u64 count() const override { return cut_->count(); }
  u64 size(u64 batch) const override { return cut_->ends[batch] - cut_->first(batch); }
  void read(u64 batch, std::span<i64> out) override;

 private:
  u64 end_of_class(std::size_t number) const;
  // out[k] = the sample at place first + k, all of which belong to one class.
  void read_class(std::size_t number, u64 first, std::span<i64> out);
  const order::IndexShuffle& shuffle_of(std::size_t number);

  std::shared_ptr<const TokenCut> cut_;
  bool shuffle_;
  u64 seed_;
  u64 epoch_;
  std::vector<std::unique_ptr<order::IndexShuffle>> shuffles_;  // of classes, once they are met
};

}  // namespace fastsamplers::batch
