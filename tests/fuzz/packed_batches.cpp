// Batches of bins against the plain list, and what any bins a user may have made come to.
#include "fastsamplers/batch/packed_batches.hpp"

#include "batch/plain_plans.hpp"
#include "integer_arrays.hpp"
#include "packing/textbook.hpp"
#include "plans.hpp"

namespace fastsamplers::fuzz {
namespace {

std::shared_ptr<const packing::Bins> bins_of(Input& input, std::size_t& samples) {
  const u64 capacity = input.between(0, 3000);
  samples = input.between(1, 400);
  const test::LaidOut<u64> laid_out(lengths_of(input, samples, capacity));
  return std::make_shared<packing::Bins>(test::packed(laid_out.array(), laid_out.survey(), capacity,
                                                      input.pick(test::kPackingRules), ~u64{0}));
}

void check(Input& input) {
  std::size_t samples = 0;
  const auto bins = bins_of(input, samples);
  const u64 batch_size = input.flag() ? input.number() : input.between(1, 9);
  const batch::PackedRule rule{batch_size, input.flag(), input.flag(), input.take<u64>(),
                               input.number()};
  if (batch_size == 0) {
    require(refuses([&] { batch::PackedBatches(bins, rule); }), "batches of no bins are refused");
    return;
  }
  batch::PackedBatches plan(bins, rule);
  const test::Batches bins_of_batches = test::plain_bins(bins->count(), rule);
  test::Batches expected;
  for (std::size_t batch = 0; batch < bins_of_batches.size(); ++batch) {
    auto& indices = expected.emplace_back();
    std::vector<u64> sizes;
    for (const i64 bin : bins_of_batches[batch]) {
      const auto of_bin = bins->of(static_cast<u64>(bin));
      indices.insert(indices.end(), of_bin.begin(), of_bin.end());
      sizes.push_back(of_bin.size());
    }
    std::vector<u64> got;
    plan.read_bins(batch, got);
    require_same(got, sizes, "the sizes of bins");
    require(plan.size(batch) == indices.size(), "the size of a batch");
  }
  require_plan(input, plan, expected);
  require_samples(expected, samples, !rule.drop_last);
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fastsamplers::fuzz::Input input(data, size);
  fastsamplers::fuzz::check(input);
  return 0;
}
