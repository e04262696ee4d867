#include "fastsamplers/batch/token_batches.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "batch/plain_plans.hpp"
#include "batch/plan_check.hpp"

namespace fastsamplers::batch {
namespace {

using test::Batches;
using test::LaidOut;
using test::Random;

std::shared_ptr<const TokenCut> cut_of(const std::vector<u64>& lengths, const TokenRule& rule) {
  const LaidOut<u64> laid_out(lengths);
  return test::cut_of(laid_out.array(), laid_out.survey(), rule);
}

// Classes of one sample, of some, and of more than an index shuffle lists.
TEST_CASE("the samples of each class are shuffled by themselves", "[batch][token_batches]") {
  Random random(141);
  for (const std::size_t count : {0, 1, 2, 100, 3000, 30000}) {
    for (const u64 most : {u64{1}, u64{40}, u64{1000}, u64{100000}}) {
      const std::vector<u64> lengths = test::skewed_lengths(random, count, most);
      for (const bool is_sum : {false, true}) {
        TokenRule rule;
        rule.budget = most * (random() % 50 + 1);
        rule.multiple = random() % 9 + 1;
        rule.is_sum = is_sum;
        rule.drop_last = random() % 2 == 0;
        const u64 seed = random();
        const u64 epoch = random() % 3;
        INFO(count << " lengths up to " << most << ", budget " << rule.budget << ", sum "
                   << is_sum);
        const auto cut = cut_of(lengths, rule);
        for (const bool shuffle : {true, false}) {
          TokenBatches plan(cut, shuffle, seed, epoch);
          CHECK_FALSE(plan.has_bins());
          const Batches expected = test::plain_token_batches(lengths, rule, shuffle, seed, epoch);
          REQUIRE(test::first_different_batch(test::batches_of(plan), expected) ==
                  test::kSameBatches);
          if (!rule.drop_last) test::check_samples(expected, count, count);
        }
      }
    }
  }
}

TEST_CASE("batches are the same in any order of reading", "[batch][token_batches]") {
  Random random(142);
  const std::vector<u64> lengths = test::skewed_lengths(random, 5000, 900);
  TokenRule rule;
  rule.budget = 4000;
  const auto cut = cut_of(lengths, rule);
  TokenBatches forward(cut, true, 1, 2);
  const Batches expected = test::batches_of(forward);
  TokenBatches plan(cut, true, 1, 2);
  for (int round = 0; round < 1000; ++round) {
    const u64 batch = random() % plan.count();
    REQUIRE(test::read_batch(plan, batch) == expected[batch]);
  }
}

u64 cost_of(const std::vector<i64>& batch, const std::vector<u64>& lengths, bool is_sum) {
  u64 longest = 0;
  u64 sum = 0;
  for (const i64 index : batch) {
    longest = std::max(longest, lengths[static_cast<std::size_t>(index)]);
    sum += lengths[static_cast<std::size_t>(index)];
  }
  return is_sum ? sum : longest * batch.size();
}

TEST_CASE("no batch of any epoch is above the budget", "[batch][token_batches]") {
  Random random(143);
  for (const bool is_sum : {false, true}) {
    for (const u64 multiple : {1, 8}) {
      const std::vector<u64> lengths = test::skewed_lengths(random, 4000, 2000);
      TokenRule rule;
      rule.budget = 9000;
      rule.is_sum = is_sum;
      rule.multiple = multiple;
      rule.max_samples = 300;
      const auto cut = cut_of(lengths, rule);
      std::set<Batches> seen;
      for (u64 epoch = 0; epoch < 20; ++epoch) {
        TokenBatches plan(cut, true, 3, epoch);
        const Batches batches = test::batches_of(plan);
        test::check_samples(batches, 4000, 4000);
        for (std::size_t k = 0; k < batches.size(); ++k) {
          INFO("batch " << k << " of epoch " << epoch << ", sum " << is_sum);
          REQUIRE(cost_of(batches[k], lengths, is_sum) <= rule.budget);
          REQUIRE(batches[k].size() <= 300);
          const bool is_whole = batches[k].size() % multiple == 0;
          REQUIRE((is_whole || batches[k].size() < multiple || k + 1 == batches.size()));
        }
        CHECK(seen.insert(batches).second);
      }
    }
  }
}

TEST_CASE("no batch of any epoch has more samples than its limit", "[batch][token_batches]") {
  Random random(144);
  const std::vector<u64> lengths = test::skewed_lengths(random, 4000, 2000);
  TokenRule rule;
  // A longer sample leaves room for fewer.
  rule.limit = [](u64 longest) { return 1 + 3000 / (longest + 20); };
  const auto cut = cut_of(lengths, rule);
  for (u64 epoch = 0; epoch < 20; ++epoch) {
    TokenBatches plan(cut, true, 3, epoch);
    for (const auto& batch : test::batches_of(plan)) {
      REQUIRE(batch.size() <= rule.limit(cost_of(batch, lengths, false) / batch.size()));
    }
  }
}

TEST_CASE("each seed and each epoch has token batches of its own", "[batch][token_batches]") {
  Random random(145);
  TokenRule rule;
  rule.budget = 300;
  const auto cut = cut_of(test::skewed_lengths(random, 400, 40), rule);
  std::set<Batches> seen;
  for (u64 seed = 0; seed < 6; ++seed) {
    for (u64 epoch = 0; epoch < 6; ++epoch) {
      TokenBatches plan(cut, true, seed, epoch);
      TokenBatches again(cut, true, seed, epoch);
      const Batches batches = test::batches_of(plan);
      CHECK(seen.insert(batches).second);
      CHECK(test::batches_of(again) == batches);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::batch
