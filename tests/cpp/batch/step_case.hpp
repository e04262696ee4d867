// The steps that StepOrder gives to all ranks.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <span>

#include "batch/plain_steps.hpp"

namespace fastsamplers::test {

inline Steps steps_of(u64 batches, std::span<const batch::Taken> taken, batch::StepRule rule,
                      std::optional<u64> short_batch = std::nullopt) {
  Steps steps;
  for (rule.rank = 0; rule.rank < rule.num_replicas; ++rule.rank) {
    const batch::StepOrder order(batches, taken, rule, short_batch);
    if (rule.rank == 0) steps.resize(order.steps());
    REQUIRE(order.steps() == steps.size());
    for (u64 step = 0; step < order.steps(); ++step) steps[step].push_back(order.batch_at(step));
  }
  return steps;
}

}  // namespace fastsamplers::test
