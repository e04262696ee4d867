#include "fastsamplers/batch/step_order.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/batch/plan_seed.hpp"

namespace fastsamplers::batch {

StepOrder::StepOrder(u64 batches, std::span<const Taken> taken, const StepRule& rule,
                     std::optional<u64> short_batch)
    : rule_(rule), short_batch_(short_batch), left_(batches) {
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
  tail_at_ = left_ - tail_;
  const std::optional<u64> short_one = rule_.shuffle && ranks == 1 ? short_place() : std::nullopt;
  if (short_one) {
    full_ = left_ - 1;
    tail_ = 1;
    tail_at_ = *short_one;
  }
  shuffle_.reset();
  if (!rule_.shuffle) return;
  rng::SplitMix64 words;
  words.absorb(plan_seed(rule_.seed, Purpose::ranks, stage));
  words.absorb(rule_.epoch);
  turn_seed_ = words.next();
  if (tail_ > 0 && !short_one) tail_at_ = words.next() % left_;
  if (full_ > 0) shuffle_.emplace(full_, plan_seed(rule_.seed, Purpose::steps, stage), rule_.epoch);
}

std::optional<u64> StepOrder::short_place() const {
  if (!short_batch_ || batches_.empty()) return left_ > 0 ? short_batch_ : std::nullopt;
  const auto place = std::find(batches_.begin(), batches_.end(), *short_batch_);
  if (place == batches_.end()) return std::nullopt;
  return static_cast<u64>(place - batches_.begin());
}

u64 StepOrder::steps() const { return full_ + (tail_ > 0 && !rule_.drop_last ? 1 : 0); }

u64 StepOrder::place_of(u64 step, u64 member) const {
  if (step == full_) return (tail_at_ + member) % left_;
  const u64 group = shuffle_ ? static_cast<u64>(shuffle_->value_at(static_cast<i64>(step))) : step;
  const u64 place = group * ranks_ + member;  // among those that are not in the last step
  const u64 end = tail_at_ + tail_;
  if (end > left_) return place + (end - left_);
  return place < tail_at_ ? place : place + tail_;
}

u64 StepOrder::batch_at(u64 step) const {
  u64 member = rule_.rank;
  if (rule_.shuffle) member += rng::mix64(turn_seed_ + step) % members(step);
  const u64 place = place_of(step, member % members(step));
  return batches_.empty() ? place : batches_[place];
}

void StepOrder::take(u64 steps) {
  if (steps == 0) return;
  std::vector<bool> is_taken(left_);
  for (u64 step = 0; step < steps; ++step) {
    for (u64 member = 0; member < members(step); ++member) is_taken[place_of(step, member)] = true;
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
