// All batches of a pass, on all ranks, in an order in which neighbours cost about the same.
//
// A plan is a pure function of lengths, rule, seed and epoch, so that every rank makes the same one
// and takes its own batches (rank_batches.hpp). Threads: a plan is read by one thread at a time.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::batch {

class BatchPlan {
 public:
  BatchPlan() = default;
  virtual ~BatchPlan() = default;
  BatchPlan(const BatchPlan&) = delete;
  BatchPlan& operator=(const BatchPlan&) = delete;

  // Batches of the plan.
  virtual u64 count() const = 0;
  // Indices in a batch.
  virtual u64 size(u64 batch) const = 0;
  // The batch that has less than the others were to have, where there is one.
  virtual std::optional<u64> short_batch() const { return std::nullopt; }
  // The indices of a batch; out.size() == size(batch).
  virtual void read(u64 batch, std::span<i64> out) = 0;
  // Whether batches are made of bins, and how many indices each bin of a batch has.
  virtual bool has_bins() const { return false; }
  virtual void read_bins(u64 /*batch*/, std::vector<u64>& /*sizes*/) {}
};

}  // namespace fastsamplers::batch
