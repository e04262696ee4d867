// What the batches of a plan cost: samples, longest length and sum of lengths of each.
//
// Work: that of reading the plan, and a load from anywhere a sample. Memory: a batch.
// Threads: an object is used by one thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "fastsamplers/batch/batch_plan.hpp"
#include "fastsamplers/lengths/length_survey.hpp"

namespace fastsamplers::batch {

class BatchCosts {
 public:
  // An array of plan->count() for each figure. Lengths that int64 cannot hold wrap around.
  struct Figures {
    i64* samples;
    i64* longest;
    i64* sums;
  };

  BatchCosts(std::shared_ptr<BatchPlan> plan, const IntegerArray& values,
             const lengths::LengthSurvey& survey, const Figures& out)
      : plan_(std::move(plan)), values_(values), rule_(survey.ascending()), out_(out) {}

  // Batches of about `steps` more samples; true when all are there.
  bool advance(u64 steps);

 private:
  std::shared_ptr<BatchPlan> plan_;
  IntegerArray values_;
  lengths::KeyRule rule_;
  Figures out_;
  u64 done_ = 0;
  std::vector<i64> batch_;
  std::vector<u32> indices_;
  std::vector<u64> keys_;
};

}  // namespace fastsamplers::batch
