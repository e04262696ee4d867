// Steps of a plan by the plain definition: groups of neighbours, dealt out stage by stage.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "fastsamplers/batch/plan_seed.hpp"
#include "fastsamplers/batch/step_order.hpp"

namespace fastsamplers::test {

// The batches of each step, by rank.
using Steps = std::vector<std::vector<u64>>;

// Groups of W neighbours, of which one has only the rest, or the short batch, and comes last.
inline Steps plain_steps(const std::vector<u64>& left, const batch::StepRule& rule, u64 stage,
                         std::optional<u64> short_batch) {
  using batch::Purpose;
  const u64 ranks = rule.num_replicas;
  u64 full = left.size() / ranks;
  const u64 rest = left.size() % ranks;
  rng::SplitMix64 words;
  words.absorb(batch::plan_seed(rule.seed, Purpose::ranks, stage));
  words.absorb(rule.epoch);
  const u64 turns = words.next();
  const u64 rest_at = rule.shuffle && rest > 0 ? words.next() % left.size() : full * ranks;
  std::vector<u64> tail;
  for (u64 k = 0; k < rest; ++k) tail.push_back(left[(rest_at + k) % left.size()]);
  const bool has_short =
      short_batch && std::find(left.begin(), left.end(), *short_batch) != left.end();
  if (rule.shuffle && ranks == 1 && has_short) {
    tail = {*short_batch};
    --full;
  }
  Steps groups;
  for (const u64 batch : left) {
    if (std::find(tail.begin(), tail.end(), batch) != tail.end()) continue;
    if (groups.empty() || groups.back().size() == ranks) groups.emplace_back();
    groups.back().push_back(batch);
  }
  Steps steps;
  for (u64 step = 0; step < full; ++step) {
    auto group = static_cast<i64>(step);
    if (rule.shuffle) {
      const u64 seed = batch::plan_seed(rule.seed, Purpose::steps, stage);
      group = order::IndexShuffle(full, seed, rule.epoch).value_at(group);
    }
    steps.push_back(groups[static_cast<u64>(group)]);
  }
  if (!tail.empty() && !rule.drop_last) steps.push_back(tail);
  for (u64 step = 0; step < steps.size(); ++step) {
    auto& group = steps[step];
    const u64 members = group.size();
    const u64 turn = rule.shuffle ? rng::mix64(turns + step) % members : 0;
    std::rotate(group.begin(), group.begin() + static_cast<std::ptrdiff_t>(turn), group.end());
    // The last step begins again with its own.
    for (u64 k = members; k < ranks; ++k) group.push_back(group[k - members]);
  }
  return steps;
}

// What is left after `taken` is dealt out to the ranks of the rule.
inline Steps plain_steps(u64 batches, std::span<const batch::Taken> taken, batch::StepRule rule,
                         std::optional<u64> short_batch = std::nullopt) {
  std::vector<u64> left(batches);
  std::iota(left.begin(), left.end(), 0);
  const u64 ranks = rule.num_replicas;
  for (std::size_t stage = 0; stage < taken.size(); ++stage) {
    rule.num_replicas = taken[stage].ranks;
    const Steps steps = plain_steps(left, rule, stage, short_batch);
    for (u64 step = 0; step < taken[stage].steps; ++step) {
      for (const u64 batch : steps[step]) {
        left.erase(std::remove(left.begin(), left.end(), batch), left.end());
      }
    }
  }
  rule.num_replicas = ranks;
  return plain_steps(left, rule, taken.size(), short_batch);
}

}  // namespace fastsamplers::test
