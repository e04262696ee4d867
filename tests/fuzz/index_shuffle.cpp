// The index shuffle of any n, seed and epoch at every instruction-set level against its documented
// formula, and against its own inverse.
#include "fastsamplers/order/index_shuffle.hpp"

#include <array>

#include "fastsamplers/order/shuffled_array.hpp"
#include "input.hpp"
#include "isa_levels.hpp"
#include "order/shuffle_reference.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

using order::IndexShuffle;

u64 size_of(Input& input) {
  switch (input.below(3)) {
    case 0: return input.between(1, 5000);
    case 1: return input.number(4097, order::kMostNarrow + 70000);
    default: return input.number(1, order::kMostShuffled);
  }
}

// Any arguments: the values, or a refusal where one of them lies outside.
void check_range(Input& input, const IndexShuffle& shuffle, const test::ReferenceShuffle& plain) {
  const auto n = static_cast<i64>(shuffle.size());
  const auto first = static_cast<i64>(input.flag() ? input.take<u64>() : input.number(0, n - 1));
  const auto step = static_cast<i64>(input.flag() ? input.take<u64>() : input.below(9));
  std::vector<i64> out(input.below(700), -7);
  __extension__ using Wide = __int128;
  const Wide last = Wide{first} + Wide{step} * (out.empty() ? 0 : Wide(out.size()) - 1);
  const bool fits = out.empty() || (first >= 0 && first < n && last >= 0 && last < n);
  std::vector<i64> expected(out.size(), -7);
  const bool is_refused = refuses([&] {
    order::ShuffledRange range(shuffle, first, step, out);
    while (!range.advance(input.below(400))) {
    }
  });
  if (!out.empty()) require(is_refused != fits, "a range is refused where it lies outside");
  for (std::size_t k = 0; fits && !is_refused && k < out.size(); ++k) {
    expected[k] = plain.value_at(static_cast<u64>(first + static_cast<i64>(k) * step));
  }
  require_same(out, expected, "the values of a range");
}

void check_places(Input& input, const IndexShuffle& shuffle, const test::ReferenceShuffle& plain) {
  std::vector<i64> places = input.words<i64>(input.below(600));
  for (i64& place : places) {
    place = static_cast<i64>(static_cast<u64>(place) % shuffle.size());
  }
  std::vector<i64> values = places;
  shuffle.values_at(values);
  std::vector<i64> expected(places.size());
  for (std::size_t k = 0; k < places.size(); ++k) {
    expected[k] = plain.value_at(static_cast<u64>(places[k]));
    require(k > 3 || shuffle.value_at(places[k]) == expected[k], "the value at a place");
  }
  require_same(values, expected, "the values at places");
  if (values.empty()) return;
  require(shuffle.place_of(values[0]) == places[0], "the place of a value");
  shuffle.places_of(values);
  require_same(values, places, "the places of values");
}

// Places that may lie outside: what stands behind the first of them is not written to.
void check_outside(Input& input, const IndexShuffle& shuffle) {
  const auto n = static_cast<i64>(shuffle.size());
  const i64 given = input.flag() ? static_cast<i64>(input.take<u64>())
                                 : input.pick(std::array<i64, 4>{n, n - 1, -n, -n - 1});
  const bool is_inside = given >= -n && given < n;
  std::vector<i64> places = {0, given};
  const bool is_refused = refuses<std::out_of_range>([&] {
    order::ShuffledPlaces lookup(shuffle, places);
    while (!lookup.advance(1)) {
    }
  });
  require(is_refused != is_inside, "a place is refused where it lies outside");
  std::vector<i64> values = {0, given};
  const bool is_value = given >= 0 && given < n;
  const bool no_value = refuses([&] {
    order::PlacesOfValues lookup(shuffle, values);
    while (!lookup.advance(1)) {
    }
  });
  require(no_value != is_value, "a value is refused where it lies outside");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const u64 n = fuzz::size_of(input);
  const u64 seed = input.take<u64>();
  const u64 epoch = input.number();
  const order::IndexShuffle shuffle(n, seed, epoch);
  const test::ReferenceShuffle plain(n, seed, epoch);
  switch (input.below(3)) {
    case 0: fuzz::check_range(input, shuffle, plain); break;
    case 1: fuzz::check_places(input, shuffle, plain); break;
    default: fuzz::check_outside(input, shuffle);
  }
  return 0;
}
