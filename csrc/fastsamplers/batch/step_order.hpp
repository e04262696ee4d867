// In which step which rank has which batch of a plan, and the rest of it on other ranks.
//
// A step gives each of W ranks one of W batches that stand next to each other in the plan, so that
// they cost about the same and no rank waits for another. Steps come in shuffled order, and within
// a step the ranks' places turn at random. Where W does not divide the batches, the last step
// begins again with its own batches, or, with drop_last, is left out: neighbours again, of which
// the first is any batch with equal chance, so that all are left out, or repeated, as often.
// Where there is one rank, the short batch of a plan comes last, as it does where batches are cut
// from an order: who deals batches of one size out to ranks once more counts on that.
// Without shuffling, steps come as they stand, and the last batches make the last step.
// What W ranks have had for so many steps is told as Taken: the batches that are left keep their
// order, and are dealt out anew.
// Work: a few ns a step; where ranks have changed, a pass over the batches first. Memory: none, 4
// bytes a batch where ranks have changed. Threads: const after it is made.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "fastsamplers/order/index_shuffle.hpp"

namespace fastsamplers::batch {

// So many ranks have each had so many steps of what was left.
struct Taken {
  u64 ranks = 1;
  u64 steps = 0;
};

struct StepRule {
  u64 num_replicas = 1;
  u64 rank = 0;
  bool shuffle = true;
  bool drop_last = false;
  u64 seed = 0;
  u64 epoch = 0;
};

class StepOrder {
 public:
  // std::invalid_argument unless rank < num_replicas, and each of `taken` is at most what there
  // was. `batches` is below 2^32.
  StepOrder(u64 batches, std::span<const Taken> taken, const StepRule& rule,
            std::optional<u64> short_batch = std::nullopt);

  // How many batches each rank has.
  u64 steps() const;
  // The batch of the rank in a step.
  u64 batch_at(u64 step) const;

 private:
  // Which of those that are left is a step's batch number `member`.
  u64 place_of(u64 step, u64 member) const;
  u64 members(u64 step) const { return step == full_ ? tail_ : ranks_; }
  // Deals what is left out to so many ranks.
  void deal(u64 ranks, u64 stage);
  // Leaves out what the first steps have given.
  void take(u64 steps);
  // Where among those that are left the short batch is.
  std::optional<u64> short_place() const;

  StepRule rule_;
  std::optional<u64> short_batch_;
  u64 ranks_ = 1;
  u64 left_ = 0;     // batches
  u64 full_ = 0;     // steps in which each rank has a batch of its own
  u64 tail_ = 0;     // batches of the last step, if that is not full
  u64 tail_at_ = 0;  // where they begin; behind the last batch comes the first
  u64 turn_seed_ = 0;
  std::optional<order::IndexShuffle> shuffle_;
  std::vector<u32> batches_;  // what is left, where something has been taken
};

}  // namespace fastsamplers::batch
