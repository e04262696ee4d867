// The steps of all ranks after any history, which a state brings from outside, against the plain
// groups of neighbours; and a rank's batches, sought and read.
#include "fastsamplers/batch/rank_batches.hpp"

#include <numeric>

#include "batch/plain_steps.hpp"
#include "batch/read_plan.hpp"
#include "input.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

using batch::StepRule;
using batch::Taken;

// Batch b has b % 3 samples, of b * 10 on.
class CountingPlan final : public batch::BatchPlan {
 public:
  CountingPlan(u64 count, std::optional<u64> short_batch)
      : count_(count), short_batch_(short_batch) {}
  u64 count() const override { return count_; }
  u64 size(u64 batch) const override { return batch % 3; }
  std::optional<u64> short_batch() const override { return short_batch_; }
  void read(u64 batch, std::span<i64> out) override {
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<i64>(batch * 10 + k);
  }

 private:
  u64 count_;
  std::optional<u64> short_batch_;
};

// Whether each part of the history is at most what there was.
bool is_possible(u64 batches, const std::vector<Taken>& history, StepRule rule,
                 std::optional<u64> short_batch) {
  std::vector<u64> left(batches);
  std::iota(left.begin(), left.end(), 0);
  for (std::size_t stage = 0; stage < history.size(); ++stage) {
    const auto [ranks, taken] = history[stage];
    if (ranks == 0) return false;
    if (ranks >
        left.size()) {  // there is the last step at most; the plain ones have all its places
      if (taken > (left.empty() || rule.drop_last ? 0 : 1)) return false;
      if (taken > 0) left.clear();
      continue;
    }
    rule.num_replicas = ranks;
    const test::Steps steps = test::plain_steps(left, rule, stage, short_batch);
    if (taken > steps.size()) return false;
    for (u64 step = 0; step < taken; ++step) {
      for (const u64 batch : steps[step]) std::erase(left, batch);
    }
  }
  return true;
}

// All steps of all ranks, in which each batch that is left stands.
void check_steps(const std::shared_ptr<CountingPlan>& plan, const std::vector<Taken>& history,
                 StepRule rule, const test::Steps& expected) {
  for (rule.rank = 0; rule.rank < rule.num_replicas; ++rule.rank) {
    const batch::StepOrder order(plan->count(), history, rule, plan->short_batch());
    require(order.steps() == expected.size(), "ranks have equally many steps");
    for (u64 step = 0; step < order.steps(); ++step) {
      require(order.batch_at(step) == expected[step][rule.rank], "the batch of a rank in a step");
    }
  }
}

void check_reading(Input& input, const std::shared_ptr<CountingPlan>& plan,
                   const std::vector<Taken>& history, const StepRule& rule,
                   const test::Steps& expected) {
  batch::RankBatches batches(plan, history, rule);
  require(batches.length() == expected.size(), "the number of batches");
  for (int moves = 0; moves < 30 && !input.is_empty(); ++moves) {
    if (input.flag()) {
      const u64 place = input.flag() ? input.number() : input.below(expected.size() + 1);
      const u64 before = batches.position();
      const bool is_refused = refuses([&] { batches.seek(place); });
      require(is_refused == (place > expected.size()), "places behind the end are refused");
      require(batches.position() == (is_refused ? before : place), "where it stands");
    }
    std::vector<i64> got = {-1};
    const u64 position = batches.position();
    const bool is_inside = batches.next(got);
    require(is_inside == (position < expected.size()), "a batch, or the end");
    if (!is_inside) continue;
    const u64 number = expected[position][rule.rank];
    require_same(got, test::read_batch(*plan, number), "the batch of the step");
  }
}

void check(Input& input) {
  const u64 batches = input.below(input.flag() ? 20 : 150);
  std::optional<u64> short_batch;
  if (batches > 0 && input.flag()) short_batch = input.below(batches);
  const u64 ranks = input.below(12);
  StepRule rule{ranks,        input.below(ranks + 1), input.flag(),
                input.flag(), input.take<u64>(),      input.number()};
  std::vector<Taken> history(input.below(4));
  for (Taken& part : history) {
    part.ranks = input.below(16) == 15 ? input.number() : input.between(1, 9);
    part.steps = input.below(16) == 15 ? input.number() : input.below(12);
  }
  const bool is_legal =
      rule.rank < rule.num_replicas && is_possible(batches, history, rule, short_batch);
  const auto plan = std::make_shared<CountingPlan>(batches, short_batch);
  const bool is_refused = refuses([&] { batch::RankBatches(plan, history, rule); });
  require(is_refused != is_legal, "a history is refused where it cannot be");
  u64 most_ranks = 0;
  for (const Taken& part : history) most_ranks = std::max(most_ranks, part.ranks);
  if (is_refused || most_ranks > 1000) return;  // the plain steps have a place for each rank
  const test::Steps expected = test::plain_steps(batches, history, rule, short_batch);
  check_steps(plan, history, rule, expected);
  check_reading(input, plan, history, rule, expected);
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fastsamplers::fuzz::Input input(data, size);
  fastsamplers::fuzz::check(input);
  return 0;
}
