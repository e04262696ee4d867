#include "fastsamplers/batch/rank_batches.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>

#include "batch/plan_check.hpp"

namespace fastsamplers::batch {
namespace {

using test::Batches;

// Batch b has b % 4 samples of b * 10 on, and as many bins of one.
class CountingPlan final : public BatchPlan {
 public:
  explicit CountingPlan(u64 count, bool has_bins = true) : count_(count), has_bins_(has_bins) {}
  u64 count() const override { return count_; }
  u64 size(u64 batch) const override { return batch % 4; }
  void read(u64 batch, std::span<i64> out) override {
    REQUIRE(out.size() == size(batch));
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<i64>(batch * 10 + k);
  }
  bool has_bins() const override { return has_bins_; }
  void read_bins(u64 batch, std::vector<u64>& sizes) override {
    sizes.assign(batch % 4, 1);
    sizes.push_back(batch);
  }

 private:
  u64 count_;
  bool has_bins_;
};

StepRule rule_of(u64 ranks, u64 rank) { return {ranks, rank, true, false, 5, 6}; }

Batches rest_of(RankBatches& batches) {
  Batches all;
  // What stood in the vector before does not matter.
  std::vector<i64> indices(100, -1);
  while (batches.next(indices)) all.push_back(indices);
  return all;
}

TEST_CASE("a rank has the batches of its steps", "[batch][rank_batches]") {
  const auto plan = std::make_shared<CountingPlan>(30);
  const std::vector<Taken> taken = {{4, 2}};
  for (const u64 ranks : {1, 4, 7}) {
    for (u64 rank = 0; rank < ranks; ++rank) {
      for (const bool has_changed : {false, true}) {
        const auto history = has_changed ? std::span<const Taken>(taken) : std::span<const Taken>();
        const StepOrder order(30, history, rule_of(ranks, rank));
        Batches expected;
        for (u64 step = 0; step < order.steps(); ++step) {
          expected.push_back(test::read_batch(*plan, order.batch_at(step)));
        }
        RankBatches batches(plan, history, rule_of(ranks, rank));
        INFO("rank " << rank << " of " << ranks << ", changed " << has_changed);
        CHECK(batches.length() == order.steps());
        CHECK(batches.position() == 0);
        CHECK(rest_of(batches) == expected);
        CHECK(batches.position() == batches.length());
        std::vector<i64> more = {1, 2};
        CHECK_FALSE(batches.next(more));
        CHECK(more == std::vector<i64>{1, 2});
      }
    }
  }
}

TEST_CASE("the size of the next batch is known before it is read", "[batch][rank_batches]") {
  const auto plan = std::make_shared<CountingPlan>(50);
  RankBatches batches(plan, {}, rule_of(3, 1));
  const Batches all = rest_of(batches);
  CHECK(batches.next_size() == 0);
  for (u64 place = batches.length(); place-- > 0;) {
    batches.seek(place);
    CHECK(batches.next_size() == all[place].size());
    if (place > 0) {  // another place than that which was asked for
      batches.seek(place - 1);
      CHECK(batches.next_size() == all[place - 1].size());
      batches.seek(place);
    }
    CHECK(batches.next_size() == all[place].size());
    std::vector<i64> indices;
    REQUIRE(batches.next(indices));
    CHECK(indices == all[place]);
  }
}

TEST_CASE("batches go on from any place", "[batch][rank_batches]") {
  const auto plan = std::make_shared<CountingPlan>(50);
  RankBatches batches(plan, {}, rule_of(3, 1));
  const Batches all = rest_of(batches);
  REQUIRE(all.size() == 17);
  std::mt19937 random(181);
  for (int round = 0; round < 100; ++round) {
    const u64 place = random() % 18;
    batches.seek(place);
    REQUIRE(batches.position() == place);
    std::vector<i64> indices;
    for (u64 k = place; k < std::min<u64>(place + 3, 17); ++k) {
      REQUIRE(batches.next(indices));
      REQUIRE(indices == all[k]);
      REQUIRE(batches.position() == k + 1);
    }
  }
  for (const u64 beyond : {u64{18}, ~u64{0}}) {
    batches.seek(5);
    CHECK_THROWS_MATCHES(batches.seek(beyond), std::invalid_argument,
                         Catch::Message("position should be at most the number of batches, but "
                                        "got position=" +
                                        std::to_string(beyond)));
    CHECK(batches.position() == 5);
  }
}

TEST_CASE("bins are those of the batch that was read last", "[batch][rank_batches]") {
  const auto plan = std::make_shared<CountingPlan>(20);
  const StepOrder order(20, {}, rule_of(2, 1));
  RankBatches batches(plan, {}, rule_of(2, 1));
  CHECK(batches.has_bins());
  CHECK_FALSE(RankBatches(std::make_shared<CountingPlan>(20, false), {}, rule_of(2, 1)).has_bins());
  std::vector<i64> indices;
  for (u64 step = 0; step < order.steps(); ++step) {
    REQUIRE(batches.next(indices));
    std::vector<u64> expected;
    plan->read_bins(order.batch_at(step), expected);
    std::vector<u64> sizes = {9, 9};
    batches.read_bins(sizes);
    CHECK(sizes == expected);
  }
}

TEST_CASE("ranks and histories that cannot be are refused", "[batch][rank_batches]") {
  const auto plan = std::make_shared<CountingPlan>(6);
  CHECK_THROWS_AS(RankBatches(plan, {}, rule_of(0, 0)), std::invalid_argument);
  CHECK_THROWS_AS(RankBatches(plan, {}, rule_of(2, 2)), std::invalid_argument);
  const std::vector<Taken> taken = {{2, 4}};
  CHECK_THROWS_AS(RankBatches(plan, taken, rule_of(2, 0)), std::invalid_argument);
}

}  // namespace
}  // namespace fastsamplers::batch
