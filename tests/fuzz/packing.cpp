// Bins of each rule against the textbook's algorithm, sequence by sequence and bin by bin; of
// lengths that change meanwhile, indices.
#include "fastsamplers/packing/packing.hpp"

#include "integer_arrays.hpp"
#include "packing/textbook.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

// What holds for bins of lengths that change, too: they hold indices, as many as there are.
void check_indices(const packing::Bins& bins, std::size_t n) {
  require(bins.indices.size() == n, "as many indices as lengths");
  for (const u32 index : bins.indices) require(index < n, "an index");
  require(bins.offsets.front() == 0 && bins.offsets.back() == n, "the bins hold them all");
  require(std::is_sorted(bins.offsets.begin(), bins.offsets.end()), "a bin begins where one ends");
}

void check(Input& input) {
  const auto rule = input.pick(test::kPackingRules);
  const u64 capacity = input.number();
  const std::size_t count = input.below(input.flag() ? 30 : 600);
  std::vector<u64> lengths = lengths_of(input, count, capacity);
  if (input.below(16) == 15 && count > 0) lengths[input.below(count)] = input.number();
  test::LaidOut<u64> laid_out(lengths, input.pick(test::kLayouts));
  const auto survey = laid_out.survey();
  const bool fits = survey.greatest <= capacity;
  const u64 steps = input.flag() ? ~u64{0} : 1 + input.below(count + 1);
  const bool changes = input.below(4) == 3;
  packing::Bins bins;
  const bool is_refused = refuses([&] {
    packing::Packing packing(laid_out.array(), survey, capacity, rule);
    while (!packing.advance(steps)) {
      if (changes) change_some(input, laid_out, count);
    }
    bins = packing.take();
  });
  require(is_refused != fits, "lengths above the capacity are refused");
  if (is_refused) return;
  if (count > 0) check_indices(bins, count);
  if (changes) return;
  const auto expected = test::plain_packing(lengths, capacity, rule);
  require(test::first_different_bin(bins, expected) == test::kSameBins, "the textbook's bins");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fastsamplers::fuzz::Input input(data, size);
  fastsamplers::fuzz::check(input);
  return 0;
}
