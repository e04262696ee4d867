// Batches within a budget against the plain cut, sample by sample; the budget is kept.
#include "fastsamplers/batch/token_batches.hpp"

#include "batch/plain_plans.hpp"
#include "integer_arrays.hpp"
#include "plans.hpp"

namespace fastsamplers::fuzz {
namespace {

__extension__ using Wide = unsigned __int128;

batch::TokenRule rule_of(Input& input, u64 most) {
  batch::TokenRule rule;
  rule.budget = input.flag() ? input.number() : most * input.between(1, 30);
  rule.max_samples = input.flag() ? input.number(1, ~u64{0}) : ~u64{0};
  rule.multiple = input.flag() ? input.between(1, 9) : 1;
  rule.is_sum = input.flag();
  rule.drop_last = input.flag();
  if (input.below(4) != 0 || rule.is_sum) return rule;
  // A limit by length that falls as lengths grow, as a user's function may.
  const u64 area = input.number(1, u64{1} << 40);
  const u64 extra = input.below(3);
  rule.limit = [area, extra](u64 longest) { return area / (longest + 1) + extra; };
  return rule;
}

// What a batch holds is within the budget.
void check_budget(const std::vector<u64>& lengths, const batch::TokenRule& rule,
                  const test::Batches& batches) {
  for (const auto& batch : batches) {
    Wide sum = 0;
    u64 longest = 0;
    for (const i64 index : batch) {
      sum += lengths[static_cast<std::size_t>(index)];
      longest = std::max(longest, lengths[static_cast<std::size_t>(index)]);
    }
    require(!batch.empty() && batch.size() <= rule.max_samples, "as many samples as allowed");
    if (rule.limit) {
      require(batch.size() <= rule.limit(longest), "the limit of the longest");
    } else {
      require((rule.is_sum ? sum : Wide{longest} * batch.size()) <= rule.budget, "the budget");
    }
  }
}

void check(Input& input) {
  const u64 most = input.flag() ? input.below(2000) : input.number(0, u64{1} << 40);
  const std::vector<u64> lengths = lengths_of(input, input.below(input.flag() ? 40 : 900), most);
  const test::LaidOut<u64> laid_out(lengths, input.pick(test::kLayouts));
  const batch::TokenRule rule = rule_of(input, most);
  const test::PlainCut plain = test::plain_cut(lengths, rule);
  const bool fits = [&] {  // the plain cut ends where a sample alone is above the budget
    u64 first = plain.ends.empty() ? 0 : plain.ends.back();
    return first == lengths.size() || plain_samples(plain, first, rule) > 0;
  }();
  std::shared_ptr<const batch::TokenCut> cut;
  const u64 steps = input.flag() ? ~u64{0} : 1 + input.below(lengths.size() + 1);
  const bool is_refused =
      refuses([&] { cut = test::cut_of(laid_out.array(), laid_out.survey(), rule, steps); });
  require(is_refused != fits, "a sample above the budget is refused");
  if (is_refused) return;
  require_same(cut->indices, plain.indices, "the sorted samples");
  require_same(cut->ends, plain.ends, "where batches end");
  const bool shuffle = input.flag();
  const u64 seed = input.take<u64>();
  const u64 epoch = input.number();
  batch::TokenBatches plan(cut, shuffle, seed, epoch);
  require_plan(input, plan, test::plain_token_batches(lengths, rule, shuffle, seed, epoch));
  const test::Batches batches = test::batches_of(plan);
  require_samples(batches, lengths.size(), !rule.drop_last);
  check_budget(lengths, rule, batches);
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fastsamplers::fuzz::Input input(data, size);
  fastsamplers::fuzz::check(input);
  return 0;
}
