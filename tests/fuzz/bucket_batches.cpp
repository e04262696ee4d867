// Batches of sorted windows, and Hugging Face's order by length, against their plain definitions.
#include "fastsamplers/batch/bucket_batches.hpp"

#include "batch/plain_plans.hpp"
#include "fastsamplers/order/length_grouped.hpp"
#include "integer_arrays.hpp"
#include "order/plain_grouped_order.hpp"
#include "plans.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::fuzz {
namespace {

u64 steps_of(Input& input, u64 n) { return input.flag() ? ~u64{0} : 1 + input.below(n + 1); }

template <class T>
void check_buckets(Input& input, const std::vector<T>& values, const test::Layout& layout) {
  test::LaidOut<T> laid_out(values, layout);
  const u64 n = values.size();
  const u64 batch_size = input.flag() ? input.number() : input.between(1, 60);
  const u64 window = input.flag() ? input.number() : input.between(1, 20);
  const batch::BucketRule rule{batch_size,        window,        input.flag(), input.flag(),
                               input.take<u64>(), input.number()};
  const bool is_legal = batch_size > 0 && window > 0;
  const bool changes = input.below(4) == 3;
  std::shared_ptr<batch::BucketBatches> plan;
  const bool is_refused = refuses([&] {
    batch::BucketBatchesBuilder builder(laid_out.array(), laid_out.survey(), rule);
    const u64 steps = steps_of(input, n);
    while (!builder.advance(steps)) {
      if (changes) change_some(input, laid_out, n);
    }
    plan = builder.plan();
  });
  require(is_refused != is_legal, "sizes of zero are refused");
  if (is_refused) return;
  require_samples(test::batches_of(*plan), n, !rule.drop_last);
  if (!changes) require_plan(input, *plan, test::plain_bucket_batches(values, rule));
}

template <class T>
void check_grouped(Input& input, const std::vector<T>& values, const test::Layout& layout) {
  const test::LaidOut<T> laid_out(values, layout);
  const u64 seed = input.take<u32>();
  const u64 mega_batch = std::max<u64>(1, input.flag() ? input.number() : input.below(400));
  std::mt19937 words = test::words_of(seed);
  order::LengthGrouped grouped(rng::Mt19937(seed), laid_out.array(), laid_out.survey(), mega_batch);
  const u64 steps = steps_of(input, values.size());
  while (!grouped.advance(steps)) {
  }
  require_same(*grouped.indices(),
               test::plain_grouped_order(test::forward_permutation(words, values.size()), values,
                                         mega_batch),
               "the order of mega-batches");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ThreadCount threads(input.between(1, 3));
  const bool is_grouped = input.flag();
  fuzz::with_values(input, 1500, [&](const auto& values, const test::Layout& layout) {
    if (is_grouped) {
      fuzz::check_grouped(input, values, layout);
    } else {
      fuzz::check_buckets(input, values, layout);
    }
  });
  return 0;
}
