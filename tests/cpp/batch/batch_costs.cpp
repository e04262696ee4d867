#include "fastsamplers/batch/batch_costs.hpp"

#include <catch2/catch.hpp>

#include "batch/plan_check.hpp"
#include "lengths/length_arrays.hpp"
#include "oracle.hpp"

namespace fastsamplers::batch {
namespace {

using test::Batches;
using test::LaidOut;
using test::Random;
using test::Spread;

class ListedPlan final : public BatchPlan {
 public:
  explicit ListedPlan(Batches batches) : batches_(std::move(batches)) {}
  u64 count() const override { return batches_.size(); }
  u64 size(u64 batch) const override { return batches_[batch].size(); }
  void read(u64 batch, std::span<i64> out) override {
    std::copy(batches_[batch].begin(), batches_[batch].end(), out.begin());
  }

 private:
  Batches batches_;
};

// Batches of 0 to 11 samples, any of `n`.
Batches some_batches(Random& random, std::size_t count, u64 n) {
  Batches batches(count);
  for (auto& batch : batches) {
    batch.resize(random() % 12);
    for (i64& index : batch) index = static_cast<i64>(random() % n);
  }
  return batches;
}

TEMPLATE_TEST_CASE("samples, longest and sum of each batch", "[batch][costs]", i8, i16, i32, i64,
                   u8, u16, u32, u64) {
  Random random(161);
  std::size_t round = 0;
  for (const u64 range : test::ranges_of<TestType>()) {
    // Lengths, not numbers: the type's range above 0.
    const u64 most = std::min(range, static_cast<u64>(std::numeric_limits<TestType>::max()));
    std::vector<TestType> values(400);
    for (TestType& value : values) {
      value = static_cast<TestType>(most == ~u64{0} ? random() : random() % (most + 1));
    }
    const LaidOut<TestType> laid_out(values, test::kLayouts[round++ % test::kLayouts.size()]);
    for (const std::size_t count : {0, 1, 2, 50, 300}) {
      const Batches batches = some_batches(random, count, values.size());
      std::vector<i64> samples;
      std::vector<i64> longest;
      std::vector<i64> sums;
      for (const auto& batch : batches) {
        u64 most_of = 0;
        u64 sum = 0;
        for (const i64 index : batch) {
          const auto length = static_cast<u64>(values[static_cast<std::size_t>(index)]);
          most_of = std::max(most_of, length);
          sum += length;
        }
        samples.push_back(static_cast<i64>(batch.size()));
        longest.push_back(static_cast<i64>(most_of));
        sums.push_back(static_cast<i64>(sum));
      }
      for (const u64 steps : {u64{1}, u64{100}, ~u64{0}}) {
        constexpr i64 kGuard = -99;
        std::vector<i64> out(3 * (count + 1), kGuard);
        i64* const at[3] = {out.data(), out.data() + count + 1, out.data() + 2 * (count + 1)};
        BatchCosts costs(std::make_shared<ListedPlan>(batches), laid_out.array(), laid_out.survey(),
                         {at[0], at[1], at[2]});
        u64 calls = 1;
        while (!costs.advance(steps)) ++calls;
        INFO("range " << range << ", " << count << " batches, " << steps << " steps");
        REQUIRE(test::first_difference(std::span(at[0], count), samples) == test::kSame);
        REQUIRE(test::first_difference(std::span(at[1], count), longest) == test::kSame);
        REQUIRE(test::first_difference(std::span(at[2], count), sums) == test::kSame);
        for (i64* const figures : at) REQUIRE(figures[count] == kGuard);
        REQUIRE(calls == (steps == 1 ? std::max<std::size_t>(count, 1) : steps == 100 ? calls : 1));
      }
    }
  }
}

TEST_CASE("costs of many batches come in several calls", "[batch][costs]") {
  Random random(162);
  const LaidOut<i32> values(test::spanning<i32>(random, 100, 50, Spread::any));
  std::vector<i64> out(3000);
  BatchCosts costs(std::make_shared<ListedPlan>(Batches(1000, {1, 2, 3})), values.array(),
                   values.survey(), {out.data(), out.data() + 1000, out.data() + 2000});
  // Four steps a batch, one of them for the batch itself.
  for (int call = 0; call < 9; ++call) CHECK_FALSE(costs.advance(400));
  CHECK(costs.advance(400));
}

}  // namespace
}  // namespace fastsamplers::batch
