// The batches of one rank, in order: what an iterator over a plan reads.
//
// Threads: an object is used by one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "fastsamplers/batch/batch_plan.hpp"
#include "fastsamplers/batch/step_order.hpp"

namespace fastsamplers::batch {

class RankBatches {
 public:
  // std::invalid_argument as StepOrder.
  RankBatches(std::shared_ptr<BatchPlan> plan, std::span<const Taken> taken, const StepRule& rule)
      : plan_(std::move(plan)), order_(plan_->count(), taken, rule, plan_->short_batch()) {}

  u64 length() const { return order_.steps(); }
  u64 position() const { return position_; }
  // std::invalid_argument when position > length().
  void seek(u64 position);

  // Indices in the next batch; 0 at the end.
  u64 next_size();
  // The next batch; false at the end.
  bool next(std::vector<i64>& indices);
  bool has_bins() const { return plan_->has_bins(); }
  // Sizes of the bins of the batch that next() gave last.
  void read_bins(std::vector<u64>& sizes) { plan_->read_bins(batch_, sizes); }

 private:
  std::shared_ptr<BatchPlan> plan_;
  StepOrder order_;
  u64 position_ = 0;
  std::optional<u64> chosen_;  // the position that batch_ and size_ belong to
  u64 batch_ = 0;
  u64 size_ = 0;
};

}  // namespace fastsamplers::batch
