// Survey, keys and argsort of lengths of any type and layout against std::stable_sort; of lengths
// that change meanwhile, an order within bounds.
#include <optional>

#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "fastsamplers/lengths/window_sorter.hpp"
#include "integer_arrays.hpp"
#include "lengths/argsort_case.hpp"
#include "require.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::fuzz {
namespace {

template <class T>
void check_survey(const std::vector<T>& values, const lengths::LengthSurvey& survey) {
  require(survey.count == values.size(), "the count");
  if (values.empty()) return;
  const auto least = std::min_element(values.begin(), values.end());
  const auto greatest = std::max_element(values.begin(), values.end());
  require(survey.least == static_cast<u64>(*least), "the least");
  require(survey.greatest == static_cast<u64>(*greatest), "the greatest");
  require(std::cmp_equal(survey.first_least, least - values.begin()), "where the least stands");
  require(std::cmp_equal(survey.first_greatest, greatest - values.begin()),
          "where the greatest stands");
  require(survey.has_negative == (*least < 0), "whether one is below zero");
  if (*least < 0) return;
  __extension__ using Wide = unsigned __int128;
  Wide sum = 0;
  for (const T value : values) sum += static_cast<u64>(value);
  require(Wide{survey.high_sum} * 4294967296U + survey.low_sum == sum, "the sum");
}

template <class Out, class T>
void check_argsort(Input& input, const std::vector<T>& values, const test::Layout& layout) {
  test::LaidOut<T> laid_out(values, layout);
  const auto survey = laid_out.survey();
  check_survey(values, survey);
  const bool descending = input.flag();
  const bool changes = input.below(4) == 3;
  const u64 steps =
      input.flag() ? ~u64{0} : input.between(values.size() / 20 + 1, 2 * values.size() + 1);
  test::GuardedOrder<Out> order(values.size());
  lengths::BucketArgsort<Out> argsort(laid_out.array(), survey, descending, order.span());
  while (!argsort.advance(steps)) {
    if (changes) change_some(input, laid_out, values.size());
  }
  require(order.is_guarded(), "nothing is written around the order");
  for (const Out index : order.span()) {
    const bool is_index = std::cmp_greater_equal(index, 0) && std::cmp_less(index, values.size());
    require(is_index || (changes && index == order.kUntouched), "an index");
  }
  if (!changes) {
    require_same(order.span(), test::plain_argsort(values, descending), "the argsort");
  }
}

template <class T>
void check_windows(Input& input, const std::vector<T>& values, const test::Layout& layout) {
  const test::LaidOut<T> laid_out(values, layout);
  const auto survey = laid_out.survey();
  if (values.empty()) return;
  const bool descending = input.flag();
  std::vector<u32> window = input.words<u32>(input.below(300));
  for (u32& index : window) index = static_cast<u32>(index % values.size());
  std::vector<u32> expected = window;
  test::sort_by_value(values, expected, descending);
  lengths::WindowSorter sorter(
      laid_out.array(), descending ? survey.descending() : survey.ascending(), window.size());
  sorter.sort(window);
  require_same(window, expected, "a sorted window");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ThreadCount threads(input.between(1, 3));
  const u64 form = input.below(3);
  fuzz::with_values(input, 5000, [&](const auto& values, const test::Layout& layout) {
    if (form == 0) {
      fuzz::check_windows(input, values, layout);
    } else if (form == 1) {
      fuzz::check_argsort<u32>(input, values, layout);
    } else {
      fuzz::check_argsort<i64>(input, values, layout);
    }
  });
  return 0;
}
