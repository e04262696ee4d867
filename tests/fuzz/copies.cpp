// The copies that make indices, and the choice of a thread's steps, at every level.
#include "fastsamplers/order/copies.hpp"

#include "fastsamplers/order/owned_steps.hpp"
#include "input.hpp"
#include "isa_levels.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

constexpr std::size_t kGuards = 16;
constexpr i64 kGuard = -77;

// call(isa, out) writes `expected` and nothing behind it.
template <class Call>
void check_levels(std::vector<i64> expected, const char* what, const Call& call) {
  expected.resize(expected.size() + kGuards, kGuard);
  for (const Isa isa : test::supported_levels()) {
    std::vector<i64> out(expected.size(), kGuard);
    call(isa, out.data());
    require_same(out, expected, what);
  }
}

void check_widen(Input& input) {
  const auto values = input.words<u32>(input.below(600));
  check_levels({values.begin(), values.end()}, "a widening copy", [&](Isa isa, i64* out) {
    order::kWiden.at(isa)(values.data(), values.size(), out);
  });
}

void check_decode(Input& input) {
  const u64 first = input.below(400);
  const u64 stride = input.between(1, 40);
  const std::size_t count = input.below(400);
  // The memory ends with the last place that is asked for.
  const auto places = input.words<u32>(first + 1 + (count == 0 ? 0 : (count - 1) * stride));
  std::vector<i64> expected;
  for (std::size_t k = 0; k < count; ++k) {
    const u64 place = first + k * stride;
    expected.push_back(places[place] ^ static_cast<u32>(place));
  }
  check_levels(expected, "a decoding copy", [&](Isa isa, i64* out) {
    order::kDecode.at(isa)(places.data(), first, stride, count, out);
  });
}

template <class Value>
void check_gather(Input& input, const Variants<order::GatherFunction<Value>>& gather) {
  const auto values = input.words<Value>(1 + input.below(400));
  auto indices = input.words<i64>(input.below(400));
  std::vector<i64> expected;
  for (i64& index : indices) {
    index = static_cast<i64>(static_cast<u64>(index) % values.size());
    expected.push_back(values[static_cast<std::size_t>(index)]);
  }
  check_levels(expected, "a gather", [&](Isa isa, i64* out) {
    std::copy(indices.begin(), indices.end(), out);
    gather.at(isa)(values.data(), out, indices.size());
  });
}

void check_owned(Input& input) {
  const auto targets = input.words<u32>(input.below(600));
  const auto low = static_cast<u32>(input.number());
  const auto size = static_cast<u32>(input.number());
  const auto first_step = static_cast<u32>(input.number());
  std::vector<u32> kept_targets, kept_steps;
  for (std::size_t k = 0; k < targets.size(); ++k) {
    if (targets[k] - low >= size) continue;  // the range may lead around the end of u32
    kept_targets.push_back(targets[k]);
    kept_steps.push_back(first_step + static_cast<u32>(k));
  }
  for (const Isa isa : test::supported_levels()) {
    std::vector<u32> out_targets(targets.size() + order::kOwnedPadding);
    std::vector<u32> out_steps(out_targets.size());
    const std::size_t kept =
        order::kOwnedSteps.at(isa)(targets.data(), targets.size(), first_step, low, size,
                                   out_targets.data(), out_steps.data());
    require(kept == kept_targets.size(), "how many steps are kept");
    out_targets.resize(kept);
    out_steps.resize(kept);
    require_same(out_targets, kept_targets, "the targets that are kept");
    require_same(out_steps, kept_steps, "the steps that are kept");
  }
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  switch (input.below(5)) {
    case 0: fuzz::check_widen(input); break;
    case 1: fuzz::check_decode(input); break;
    case 2: fuzz::check_gather<i64>(input, order::kGather64); break;
    case 3: fuzz::check_gather<i32>(input, order::kGather32); break;
    default: fuzz::check_owned(input);
  }
  return 0;
}
