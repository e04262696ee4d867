// Ranks that change in the middle of a plan: what was had is told, what is left is dealt out anew.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <stdexcept>

#include "batch/step_case.hpp"
#include "fastsamplers/batch/step_order.hpp"

namespace fastsamplers::batch {
namespace {

using Random = std::mt19937_64;

StepRule rule_of(u64 ranks, u64 rank, bool shuffle, bool drop_last, u64 epoch = 4) {
  return {ranks, rank, shuffle, drop_last, 3, epoch};
}

// What all ranks had in the first `steps` steps of a stage, each batch once.
std::set<u64> had(u64 batches, const std::vector<Taken>& before, const Taken& stage, bool shuffle,
                  bool drop_last) {
  std::set<u64> all;
  for (u64 rank = 0; rank < stage.ranks; ++rank) {
    const StepOrder order(batches, before, rule_of(stage.ranks, rank, shuffle, drop_last));
    REQUIRE(stage.steps <= order.steps());
    for (u64 step = 0; step < stage.steps; ++step) all.insert(order.batch_at(step));
  }
  return all;
}

u64 steps_left(u64 batches, const std::vector<Taken>& before, u64 ranks, bool shuffle,
               bool drop_last) {
  return StepOrder(batches, before, rule_of(ranks, 0, shuffle, drop_last)).steps();
}

// Stages of random ranks and steps, up to the end: together all batches, none in two of them.
void check_history(u64 batches, bool shuffle, bool drop_last, Random& random) {
  std::vector<Taken> history;
  std::set<u64> seen;
  std::string told;
  while (seen.size() < batches) {
    Taken stage{random() % 9 + 1, 0};
    const u64 steps = steps_left(batches, history, stage.ranks, shuffle, drop_last);
    const u64 left = batches - seen.size();
    INFO(batches << " batches, shuffle " << shuffle << ", drop_last " << drop_last << told
                 << ", then " << stage.ranks << " ranks");
    REQUIRE(steps == left / stage.ranks + (left % stage.ranks != 0 && !drop_last ? 1 : 0));
    // A few steps, the last one too, or none.
    stage.steps = random() % 3 == 0 ? steps : random() % (steps + 1);
    const std::set<u64> now = had(batches, history, stage, shuffle, drop_last);
    REQUIRE(now.size() == std::min(stage.steps * stage.ranks, left));
    for (const u64 batch : now) {
      REQUIRE(batch < batches);
      REQUIRE(seen.insert(batch).second);
    }
    history.push_back(stage);
    told += ", " + std::to_string(stage.ranks) + "x" + std::to_string(stage.steps);
    if (history.size() > 12)
      history.push_back({1, steps_left(batches, history, 1, shuffle, drop_last)});
    if (history.size() > 12) break;
  }
  if (seen.size() == batches) {
    CHECK(steps_left(batches, history, 4, shuffle, drop_last) == 0);
  }
}

TEST_CASE("ranks that change lose nothing and repeat nothing", "[batch][steps]") {
  Random random(171);
  for (int round = 0; round < 400; ++round) {
    const u64 batches = round < 100 ? static_cast<u64>(round) : random() % 300;
    check_history(batches, round % 4 != 0, round % 3 == 0, random);
  }
}

TEST_CASE("what is left is dealt out by the plain definition", "[batch][steps]") {
  Random random(172);
  for (int round = 0; round < 300; ++round) {
    const u64 batches = random() % 120;
    const bool shuffle = round % 5 != 0;
    const bool drop_last = round % 3 == 0;
    std::vector<Taken> taken;
    for (int stage = 0; stage < round % 4; ++stage) {
      const u64 ranks = random() % 9 + 1;
      const u64 steps = steps_left(batches, taken, ranks, shuffle, drop_last);
      taken.push_back({ranks, random() % (steps + 1)});
    }
    const StepRule rule = rule_of(random() % 9 + 1, 0, shuffle, drop_last, random());
    INFO(batches << " batches, " << taken.size() << " stages, then " << rule.num_replicas
                 << " ranks, shuffle " << shuffle << ", drop_last " << drop_last);
    REQUIRE(test::steps_of(batches, taken, rule) == test::plain_steps(batches, taken, rule));
  }
}

TEST_CASE("what is left keeps its order", "[batch][steps]") {
  for (const bool shuffle : {true, false}) {
    const std::vector<Taken> taken = {{3, 4}, {5, 2}};
    std::set<u64> gone = had(50, {}, taken[0], shuffle, false);
    gone.merge(had(50, {taken[0]}, taken[1], shuffle, false));
    std::vector<u64> left;
    for (u64 batch = 0; batch < 50; ++batch) {
      if (gone.count(batch) == 0) left.push_back(batch);
    }
    REQUIRE(left.size() == 28);
    // A step's batches stand next to each other among those that are left.
    for (u64 step = 0; step < 7; ++step) {
      std::vector<u64> members;
      for (u64 rank = 0; rank < 4; ++rank) {
        members.push_back(StepOrder(50, taken, rule_of(4, rank, shuffle, false)).batch_at(step));
      }
      std::sort(members.begin(), members.end());
      const auto first = std::find(left.begin(), left.end(), members[0]);
      REQUIRE(left.end() - first >= 4);
      CHECK(std::equal(members.begin(), members.end(), first));
      if (!shuffle) CHECK(first - left.begin() == static_cast<std::ptrdiff_t>(4 * step));
    }
  }
}

TEST_CASE("a stage of no steps is one: the rest is dealt out anew", "[batch][steps]") {
  const std::vector<Taken> none = {{4, 0}};
  std::vector<u64> before;
  std::vector<u64> after;
  for (u64 step = 0; step < 25; ++step) {
    before.push_back(StepOrder(100, {}, rule_of(4, 1, true, false)).batch_at(step));
    after.push_back(StepOrder(100, none, rule_of(4, 1, true, false)).batch_at(step));
  }
  CHECK(before != after);
  std::sort(before.begin(), before.end());
  CHECK(std::adjacent_find(before.begin(), before.end()) == before.end());
}

TEST_CASE("after all has been had, nothing is left", "[batch][steps]") {
  for (const u64 ranks : {1, 3, 7}) {
    const u64 steps = (20 + ranks - 1) / ranks;
    const std::vector<Taken> all = {{ranks, steps}};
    CHECK(StepOrder(20, all, rule_of(5, 2, true, false)).steps() == 0);
    const std::vector<Taken> and_none = {{ranks, steps}, {2, 0}};
    CHECK(StepOrder(20, and_none, rule_of(5, 2, true, false)).steps() == 0);
    const std::vector<Taken> and_more = {{ranks, steps}, {2, 1}};
    CHECK_THROWS_AS(StepOrder(20, and_more, rule_of(5, 2, true, false)), std::invalid_argument);
  }
}

TEST_CASE("more than there was cannot have been taken", "[batch][steps]") {
  const auto make = [](std::vector<Taken> taken, bool drop_last) {
    StepOrder(10, taken, rule_of(3, 0, true, drop_last));
  };
  CHECK_NOTHROW(make({{3, 4}}, false));
  CHECK_NOTHROW(make({{3, 3}}, true));
  for (const u64 steps : {u64{5}, ~u64{0}}) {
    CHECK_THROWS_MATCHES(make({{3, steps}}, false), std::invalid_argument,
                         Catch::Message("taken should be no more steps than there were, but got "
                                        "taken=" +
                                        std::to_string(steps)));
  }
  // The step that is not full is left out.
  CHECK_THROWS_AS(make({{3, 4}}, true), std::invalid_argument);
  CHECK_NOTHROW(make({{3, 2}, {2, 2}}, false));
  CHECK_THROWS_AS(make({{3, 2}, {2, 3}}, false), std::invalid_argument);
  CHECK_THROWS_MATCHES(make({{0, 0}}, false), std::invalid_argument,
                       Catch::Message("ranks should be positive, but got ranks=0"));
}

}  // namespace
}  // namespace fastsamplers::batch
