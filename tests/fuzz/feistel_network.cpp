// The rounds of any Feistel network, cut and joined at every instruction-set level, against their
// documented formula.
#include <array>

#include "fastsamplers/order/feistel_halves.hpp"
#include "fastsamplers/order/feistel_range.hpp"
#include "input.hpp"
#include "isa_levels.hpp"
#include "order/shuffle_reference.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

using order::FeistelNetwork;
using order::kFeistelLanes;

template <class Word>
FeistelNetwork<Word> network_of(Input& input) {
  constexpr u32 kBits = sizeof(Word) * 8;
  FeistelNetwork<Word> network;
  network.left_size = static_cast<Word>(input.number(1, u64{1} << (kBits - 1)));
  network.right_bits = static_cast<u32>(input.between(1, sizeof(Word) == 2 ? kBits : kBits - 1));
  network.rounds = 2 * input.below(order::kMostRounds / 2 + 1);
  const bool is_plain = input.flag();
  const auto keys = input.words<Word>(3 * network.rounds);
  for (std::size_t r = 0; r < network.rounds; ++r) {
    const Word plain = is_plain ? static_cast<Word>(-1) : keys[3 * r];
    network.round[r] = {static_cast<Word>(plain | 1), keys[3 * r + 1],
                        static_cast<Word>(keys[3 * r + 2] | 1)};
  }
  return network;
}

template <class Word>
void check_rounds(Input& input, const FeistelNetwork<Word>& network) {
  const std::size_t count = kFeistelLanes * input.between(1, 2);
  std::vector<Word> left = input.words<Word>(count);
  std::vector<Word> right = input.words<Word>(count);
  const test::ReferenceNetwork reference = test::reference_of(network);
  std::vector<Word> there_left(count), there_right(count), back_left(count), back_right(count);
  for (std::size_t k = 0; k < count; ++k) {
    left[k] = static_cast<Word>(left[k] % network.left_size);
    right[k] &= network.right_mask();
    const auto there = reference.forward({left[k], right[k]});
    there_left[k] = static_cast<Word>(there.first);
    there_right[k] = static_cast<Word>(there.second);
    const auto back = reference.backward({left[k], right[k]});
    back_left[k] = static_cast<Word>(back.first);
    back_right[k] = static_cast<Word>(back.second);
  }
  for (const Isa isa : test::supported_levels()) {
    std::vector<Word> l = left, r = right;
    order::FeistelKernels<Word>::forward.at(isa)(network, count, l.data(), r.data());
    require_same(l, there_left, "left halves forward");
    require_same(r, there_right, "right halves forward");
    l = left, r = right;
    order::FeistelKernels<Word>::backward.at(isa)(network, count, l.data(), r.data());
    require_same(l, back_left, "left halves backward");
    require_same(r, back_right, "right halves backward");
  }
}

template <class Word>
void check_halves(Input& input, const FeistelNetwork<Word>& network) {
  using Kernels = order::HalvesKernels<Word>;
  const u64 limit = u64{1} << (sizeof(Word) == 2 ? 31 : 62);
  const u64 a = network.left_size;
  const u32 m = network.right_bits;
  const u64 places = std::min(a << m, limit);
  const std::size_t count = input.below(600);
  const u64 first = input.number(0, places - 1);
  const u64 step = count < 2 ? 1 : input.number(0, (places - 1 - first) / (count - 1));
  std::vector<i64> range(count), values(count);
  std::vector<Word> left(count), right(count), value_left(count), value_right(count);
  i64 most_place = 0, most_value = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const u64 place = first + k * step;
    range[k] = static_cast<i64>(place);
    left[k] = static_cast<Word>(place >> m);
    right[k] = static_cast<Word>(place & network.right_mask());
    values[k] = static_cast<i64>(right[k] * a + left[k]);
    value_left[k] = static_cast<Word>(place % a);
    value_right[k] = static_cast<Word>(place / a);
    most_place = std::max(most_place, range[k]);
    most_value = std::max(most_value, values[k]);
  }
  for (const Isa isa : test::supported_levels()) {
    std::vector<Word> l(count), r(count);
    Kernels::cut_range.at(isa)(first, step, m, count, l.data(), r.data());
    require_same(l, left, "left halves of a range");
    require_same(r, right, "right halves of a range");
    std::vector<Word> pl(count), pr(count);
    Kernels::cut_places.at(isa)(range.data(), m, count, pl.data(), pr.data());
    require_same(pl, left, "left halves of places");
    require_same(pr, right, "right halves of places");
    std::vector<Word> vl(count), vr(count);
    Kernels::cut_values.at(isa)(range.data(), static_cast<Word>(a), count, vl.data(), vr.data());
    require_same(vl, value_left, "left halves of values");
    require_same(vr, value_right, "right halves of values");
    std::vector<i64> out(count);
    const i64 most = Kernels::join_places.at(isa)(left.data(), right.data(), m, count, out.data());
    require(most == most_place, "the greatest place");
    require_same(out, range, "joined places");
    const i64 greatest = Kernels::join_values.at(isa)(left.data(), right.data(),
                                                      static_cast<Word>(a), count, out.data());
    require(greatest == most_value, "the greatest value");
    require_same(out, values, "joined values");
  }
}

void check_range(Input& input, const FeistelNetwork<u16>& network) {
  const u64 places = u64{network.left_size} << network.right_bits;
  const std::size_t count = kFeistelLanes * input.between(1, 2);
  if (places < count) return;
  const u64 first = input.number(0, places - count);
  const u64 step = input.number(0, (places - 1 - first) / (count - 1));
  const test::ReferenceNetwork reference = test::reference_of(network);
  std::vector<i64> expected(count);
  i64 most = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const u64 place = first + k * step;
    const auto [left, right] = reference.forward({place / reference.b, place % reference.b});
    expected[k] = static_cast<i64>(right * reference.a + left);
    most = std::max(most, expected[k]);
  }
  for (const Isa isa : test::supported_levels()) {
    std::vector<i64> out(count);
    const i64 greatest = order::kRangeValues.at(isa)(network, first, step, count, out.data());
    require_same(out, expected, "values of a range");
    require(greatest == most, "the greatest of a range");
  }
}

template <class Word>
void check(Input& input) {
  const FeistelNetwork<Word> network = network_of<Word>(input);
  switch (input.below(3)) {
    case 0: return check_rounds(input, network);
    case 1: return check_halves(input, network);
    default:
      if constexpr (sizeof(Word) == 2) check_range(input, network);
  }
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  if (input.flag()) {
    fuzz::check<u16>(input);
  } else {
    fuzz::check<u32>(input);
  }
  return 0;
}
