// Bounded integers: the remainders of every instruction-set level against % itself, with words next
// to multiples of the divisor, and torch's randint against its plain loop.
#include "fastsamplers/rng/remainders.hpp"

#include "fastsamplers/rng/bounded.hpp"
#include "input.hpp"
#include "isa_levels.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

constexpr std::size_t kGuards = 16;

// Some of the words stand next to a multiple of the divisor.
void sharpen(Input& input, std::vector<u32>& words, u64 divisor) {
  if (words.empty()) return;
  for (u64 edits = input.below(9); edits > 0; --edits) {
    const std::size_t k = input.below(words.size());
    words[k] = static_cast<u32>(input.take<u32>() / divisor * divisor + input.below(3) - 1);
  }
}
void sharpen_pairs(Input& input, std::vector<u32>& words, u64 divisor) {
  if (words.empty()) return;
  for (u64 edits = input.below(9); edits > 0; --edits) {
    const std::size_t k = 2 * input.below(words.size() / 2);
    const u64 joined = input.take<u64>() / divisor * divisor + input.below(3) - 1;
    words[k] = static_cast<u32>(joined >> 32);
    words[k + 1] = static_cast<u32>(joined);
  }
}

// call(isa, out) gives `expected` and leaves alone what lies behind it.
template <class T, class Call>
void check_levels(std::vector<T> expected, const char* what, const Call& call) {
  constexpr T kGuard = 77;
  expected.resize(expected.size() + kGuards, kGuard);
  for (const Isa isa : test::supported_levels()) {
    std::vector<T> out(expected.size(), kGuard);
    call(isa, out.data());
    require_same(out, expected, what);
  }
}

void check_forward_targets(Input& input) {
  const u64 n = input.number(2, (u64{1} << 31) - 1);
  const u64 count = input.below(std::min<u64>(n - 1, 300) + 1);
  const u64 most = n - 1 - count;
  const u64 first = most == 0 ? 0 : input.number(0, most);
  std::vector<u32> words = input.words<u32>(count);
  sharpen(input, words, n - first);
  std::vector<u32> expected(count);
  for (u64 k = 0; k < count; ++k) {
    expected[k] = static_cast<u32>(first + k + words[k] % (n - first - k));
  }
  check_levels(expected, "targets of the forward shuffle", [&](Isa isa, u32* out) {
    rng::kForwardTargets.at(isa)(words.data(), first, n, count, out);
  });
}

void check_inside_out_targets(Input& input) {
  const u64 first = input.number(0, u64{1} << 53);
  const u64 count = input.below(300);
  std::vector<u32> words = input.words<u32>(2 * count);
  sharpen_pairs(input, words, first + 1 + input.below(count + 1));
  std::vector<u64> expected(count);
  for (u64 k = 0; k < count; ++k) expected[k] = rng::join(&words[2 * k]) % (first + k + 1);
  check_levels(expected, "targets of the inside-out shuffle", [&](Isa isa, u64* out) {
    rng::kInsideOutTargets.at(isa)(words.data(), first, count, out);
  });
}

void check_bound(Input& input) {
  const auto range = static_cast<u32>(input.number(1, ~u32{0}));
  const i64 low = input.take<i32>();
  const u64 count = input.below(300);
  std::vector<u32> words = input.words<u32>(count);
  sharpen(input, words, range);
  std::vector<i64> expected(count);
  for (u64 k = 0; k < count; ++k) expected[k] = low + words[k] % range;
  check_levels(expected, "bounded words", [&](Isa isa, i64* out) {
    rng::kBound.at(isa)(words.data(), count, low, range, out);
  });
}

void check_wide_bound(Input& input) {
  const u64 range = input.number(1, ~u64{0} >> 1);
  const auto low = static_cast<i64>(input.below((u64{1} << 63) - range));
  const u64 count = input.below(300);
  std::vector<u32> words = input.words<u32>(2 * count);
  sharpen_pairs(input, words, range);
  std::vector<i64> expected(count);
  for (u64 k = 0; k < count; ++k) {
    expected[k] = low + static_cast<i64>(rng::join(&words[2 * k]) % range);
  }
  check_levels(expected, "bounded pairs of words", [&](Isa isa, i64* out) {
    rng::kWideBound.at(isa)(words.data(), count, low, range, out);
  });
}

void check_randint(Input& input) {
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const u64 seed = input.take<u32>();
  const u64 skipped = input.below(700);
  const u64 range = input.number(1, ~u64{0} >> 1);
  const i64 low = -static_cast<i64>(input.below(range));
  rng::Mt19937 engine(seed);
  engine.skip(skipped);
  std::mt19937 words = test::words_of(seed);
  words.discard(skipped);
  std::vector<i64> out(input.below(3000));
  rng::bounded_fill(engine, low, range, out);
  require_same(out, test::bounded_integers(words, low, range, out.size()), "randint");
  require(engine.random() == words(), "randint leaves the engine where torch does");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers::fuzz;
  Input input(data, size);
  switch (input.below(5)) {
    case 0: check_forward_targets(input); break;
    case 1: check_inside_out_targets(input); break;
    case 2: check_bound(input); break;
    case 3: check_wide_bound(input); break;
    default: check_randint(input);
  }
  return 0;
}
