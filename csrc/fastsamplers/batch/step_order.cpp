#include "fastsamplers/batch/step_order.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/batch/plan_seed.hpp"

namespace fastsamplers::batch {

StepOrder::StepOrder(u64 batches, std::span<const Taken> taken, const StepRule& rule)
    : rule_(rule), left_(batches) {
  check_argument(rule.num_replicas > 0, "num_replicas", "positive", rule.num_replicas);
  check_argument(rule.rank < rule.num_replicas, "rank", "below num_replicas", rule.rank);
  u64 stage = 0;
  for (const Taken& part : taken) {
    check_argument(part.ranks > 0, "ranks", "positive", part.ranks);
    deal(part.ranks, stage++);
    check_argument(part.steps <= steps(), "taken", "no more steps than there were", part.steps);
    take(part.steps);
  }
  deal(rule.num_replicas, stage);
}

void StepOrder::deal(u64 ranks, u64 stage) {
  ranks_ = ranks;
  full_ = left_ / ranks;
  tail_ = left_ % ranks;
  tail_at_ = full_;
  shuffle_.reset();
  if (!rule_.shuffle) return;
  rng::SplitMix64 words;
  words.absorb(plan_seed(rule_.seed, Purpose::ranks, stage));
  words.absorb(rule_.epoch);
  turn_seed_ = words.next();
  if (tail_ > 0) tail_at_ = words.next() % (full_ + 1);
  if (full_ > 0) shuffle_.emplace(full_, plan_seed(rule_.seed, Purpose::steps, stage), rule_.epoch);
}

u64 StepOrder::steps() const { return full_ + (tail_ > 0 && !rule_.drop_last ? 1 : 0); }

u64 StepOrder::first_of(u64 step) const {
  if (step == full_) return tail_at_ * ranks_;
  const u64 group = shuffle_ ? static_cast<u64>(shuffle_->value_at(static_cast<i64>(step))) : step;
  return group * ranks_ + (group < tail_at_ ? 0 : tail_);
}

u64 StepOrder::batch_at(u64 step) const {
  const u64 members = step == full_ ? tail_ : ranks_;
  u64 turn = 0;
  if (rule_.shuffle) turn = rng::mix64(turn_seed_ + step) % members;
  const u64 place = first_of(step) + (rule_.rank + turn) % members;
  return batches_.empty() ? place : batches_[place];
}

void StepOrder::take(u64 steps) {
  if (steps == 0) return;
  std::vector<bool> is_taken(left_);
  for (u64 step = 0; step < steps; ++step) {
    const u64 first = first_of(step);
    const u64 members = step == full_ ? tail_ : ranks_;
    std::fill_n(is_taken.begin() + static_cast<std::ptrdiff_t>(first), members, true);
  }
  std::vector<u32> kept;
  for (u64 place = 0; place < left_; ++place) {
    if (is_taken[place]) continue;
    kept.push_back(batches_.empty() ? static_cast<u32>(place) : batches_[place]);
  }
  batches_ = std::move(kept);
  left_ = batches_.size();
}

}  // namespace fastsamplers::batch
