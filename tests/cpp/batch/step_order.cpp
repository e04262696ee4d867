#include "fastsamplers/batch/step_order.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <set>
#include <stdexcept>

#include "batch/step_case.hpp"

namespace fastsamplers::batch {
namespace {

using test::plain_steps;
using test::Steps;
using test::steps_of;

StepRule rule_of(u64 ranks, bool shuffle, bool drop_last, u64 seed = 3, u64 epoch = 4) {
  return {ranks, 0, shuffle, drop_last, seed, epoch};
}

TEST_CASE("steps are the plain groups of neighbours", "[batch][steps]") {
  for (u64 batches = 0; batches <= 60; ++batches) {
    for (u64 ranks = 1; ranks <= 9; ++ranks) {
      for (const bool shuffle : {true, false}) {
        for (const bool drop_last : {true, false}) {
          const StepRule rule = rule_of(ranks, shuffle, drop_last, 5 * batches, ranks);
          INFO(batches << " batches, " << ranks << " ranks, shuffle " << shuffle << ", drop_last "
                       << drop_last);
          REQUIRE(steps_of(batches, {}, rule) == plain_steps(batches, {}, rule));
        }
      }
    }
  }
  for (const u64 batches : {1000, 40000}) {
    REQUIRE(steps_of(batches, {}, rule_of(7, true, false)) ==
            plain_steps(batches, {}, rule_of(7, true, false)));
  }
}

TEST_CASE("one rank has the short batch last, several have it anywhere", "[batch][steps]") {
  const std::vector<Taken> histories[] = {{}, {{1, 4}}, {{3, 2}}, {{1, 2}, {2, 1}, {1, 1}}};
  for (const auto& taken : histories) {
    for (u64 batches = 12; batches <= 20; ++batches) {
      for (u64 place = 0; place < batches; ++place) {
        for (u64 ranks = 1; ranks <= 3; ++ranks) {
          for (const bool shuffle : {true, false}) {
            const StepRule rule = rule_of(ranks, shuffle, false, batches, place);
            INFO(batches << " batches, the short one " << place << ", " << ranks << " ranks");
            const Steps steps = steps_of(batches, taken, rule, place);
            REQUIRE(steps == plain_steps(batches, taken, rule, place));
            if (ranks > 1 || !shuffle || !taken.empty()) continue;
            REQUIRE(steps.back() == std::vector<u64>{place});
          }
        }
      }
    }
  }
}

TEST_CASE("all ranks together have every batch, in steps of neighbours", "[batch][steps]") {
  for (const u64 batches : {1, 2, 5, 8, 9, 10, 71, 72, 73, 500}) {
    for (u64 ranks = 1; ranks <= 9; ++ranks) {
      for (u64 epoch = 0; epoch < 5; ++epoch) {
        INFO(batches << " batches, " << ranks << " ranks, epoch " << epoch);
        const Steps steps = steps_of(batches, {}, rule_of(ranks, true, false, 1, epoch));
        REQUIRE(steps.size() == (batches + ranks - 1) / ranks);
        std::vector<u64> all;
        for (std::size_t step = 0; step < steps.size(); ++step) {
          const std::set<u64> members(steps[step].begin(), steps[step].end());
          const bool is_tail = step + 1 == steps.size() && batches % ranks != 0;
          REQUIRE(members.size() == (is_tail ? batches % ranks : ranks));
          // The last step may lie between two neighbours, or around the end.
          const u64 span = *members.rbegin() - *members.begin() + 1;
          const bool is_around = is_tail && span == batches;
          REQUIRE((is_around || span <= members.size() + batches % ranks));
          all.insert(all.end(), members.begin(), members.end());
        }
        std::sort(all.begin(), all.end());
        std::vector<u64> expected(batches);
        std::iota(expected.begin(), expected.end(), 0);
        REQUIRE(all == expected);
      }
    }
  }
}

TEST_CASE("the last step repeats each of its batches about as often", "[batch][steps]") {
  for (u64 rest = 1; rest < 9; ++rest) {
    const Steps steps = steps_of(18 + rest, {}, rule_of(9, true, false));
    std::vector<u64> times;
    for (const u64 batch : std::set<u64>(steps.back().begin(), steps.back().end())) {
      times.push_back(
          static_cast<u64>(std::count(steps.back().begin(), steps.back().end(), batch)));
    }
    INFO("rest " << rest);
    CHECK(times.size() == rest);
    CHECK(*std::max_element(times.begin(), times.end()) -
              *std::min_element(times.begin(), times.end()) <=
          1);
  }
}

TEST_CASE("drop_last leaves out the step that is not full", "[batch][steps]") {
  for (u64 batches = 0; batches < 40; ++batches) {
    for (u64 ranks = 1; ranks <= 9; ++ranks) {
      const Steps all = steps_of(batches, {}, rule_of(ranks, true, false));
      Steps full = all;
      if (batches % ranks != 0) full.pop_back();
      CHECK(steps_of(batches, {}, rule_of(ranks, true, true)) == full);
    }
  }
}

// The places of 12 batches on 3 ranks, over 900 epochs: each of them is 900 / 4 or 900 / 3 times
// where it can be, within five deviations. Batches that are left out are any, too.
TEST_CASE("steps, turns and what is left out are random", "[batch][steps]") {
  std::vector<std::vector<double>> at_step(12, std::vector<double>(4));
  std::vector<std::vector<double>> on_rank(12, std::vector<double>(3));
  std::set<std::vector<u64>> tails;
  constexpr double kEpochs = 900;
  for (u64 epoch = 0; epoch < kEpochs; ++epoch) {
    const Steps steps = steps_of(12, {}, rule_of(3, true, false, 9, epoch));
    for (u64 step = 0; step < 4; ++step) {
      for (u64 rank = 0; rank < 3; ++rank) {
        ++at_step[steps[step][rank]][step];
        ++on_rank[steps[step][rank]][rank];
      }
    }
    auto tail = steps_of(14, {}, rule_of(3, true, false, 9, epoch)).back();
    std::sort(tail.begin(), tail.end());
    tail.erase(std::unique(tail.begin(), tail.end()), tail.end());
    tails.insert(tail);
  }
  for (u64 batch = 0; batch < 12; ++batch) {
    for (const double times : at_step[batch]) CHECK(std::abs(times - kEpochs / 4) < 65);
    for (const double times : on_rank[batch]) CHECK(std::abs(times - kEpochs / 3) < 71);
  }
  std::set<std::vector<u64>> every = {{0, 13}};
  for (u64 first = 0; first < 13; ++first) every.insert({first, first + 1});
  CHECK(tails == every);
}

// Else each step of an epoch would turn by the same.
TEST_CASE("the turns of one epoch differ", "[batch][steps]") {
  std::vector<double> turns(5);
  for (const auto& step : steps_of(5000, {}, rule_of(5, true, false))) {
    ++turns[step[0] % 5];
  }
  for (const double times : turns) CHECK(std::abs(times - 200) < 64);
}

TEST_CASE("each seed and each epoch has steps of its own", "[batch][steps]") {
  std::set<Steps> seen;
  for (u64 seed = 0; seed < 8; ++seed) {
    for (u64 epoch = 0; epoch < 8; ++epoch) {
      const Steps steps = steps_of(100, {}, rule_of(4, true, false, seed, epoch));
      CHECK(seen.insert(steps).second);
      CHECK(steps_of(100, {}, rule_of(4, true, false, seed, epoch)) == steps);
    }
  }
}

TEST_CASE("without shuffling, steps come as they stand", "[batch][steps]") {
  CHECK(steps_of(7, {}, rule_of(3, false, false)) == Steps{{0, 1, 2}, {3, 4, 5}, {6, 6, 6}});
  CHECK(steps_of(8, {}, rule_of(3, false, false)) == Steps{{0, 1, 2}, {3, 4, 5}, {6, 7, 6}});
  CHECK(steps_of(8, {}, rule_of(3, false, true)) == Steps{{0, 1, 2}, {3, 4, 5}});
  CHECK(steps_of(2, {}, rule_of(5, false, false)) == Steps{{0, 1, 0, 1, 0}});
}

TEST_CASE("ranks that there are not are refused", "[batch][steps]") {
  CHECK_THROWS_MATCHES(StepOrder(5, {}, rule_of(0, true, false)), std::invalid_argument,
                       Catch::Message("num_replicas should be positive, but got num_replicas=0"));
  for (const u64 rank : {u64{3}, u64{4}, ~u64{0}}) {
    StepRule rule = rule_of(3, true, false);
    rule.rank = rank;
    CHECK_THROWS_MATCHES(
        StepOrder(5, {}, rule), std::invalid_argument,
        Catch::Message("rank should be below num_replicas, but got rank=" + std::to_string(rank)));
  }
}

}  // namespace
}  // namespace fastsamplers::batch
