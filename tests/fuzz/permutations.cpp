// torch.randperm in all its forms, read in any pieces by any number of threads, against the loops of
// torch's source.
#include <array>

#include "fastsamplers/order/permutation.hpp"
#include "fastsamplers/order/randperm.hpp"
#include "input.hpp"
#include "isa_levels.hpp"
#include "require.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::fuzz {
namespace {

// From 2^18 on the first steps are done in a sparse table.
u64 size_of(Input& input) {
  if (input.below(16) == 15) return (u64{1} << 18) + input.below(3) - 1;
  return input.below(input.flag() ? 70 : 7000);
}

std::vector<i64> part_of(const std::vector<i64>& all, u64 first, std::size_t count, u64 stride) {
  std::vector<i64> part;
  for (u64 k = first; part.size() < count; k += stride) part.push_back(all.at(k));
  return part;
}

struct Place {
  u64 first;
  u64 stride;
  std::size_t count;
};
Place place_of(Input& input, u64 n) {
  const u64 first = input.below(n);
  const u64 stride = input.flag() ? 1 : input.between(1, 2 * n);
  return {first, stride, input.below((n - 1 - first) / stride + 2)};
}

void check_forward(Input& input, u64 n, const rng::Mt19937& engine,
                   const std::vector<i64>& expected) {
  order::ForwardShuffle shuffle(engine, n);
  for (u64 calls = input.below(8); calls > 0 && n > 0; --calls) {
    const auto [first, stride, count] = place_of(input, n);
    const u64 done = shuffle.steps_done();
    std::vector<i64> out(count);
    switch (input.below(3)) {
      case 0:
        shuffle.advance(first);
        require(shuffle.steps_done() == std::max(done, first), "so many steps are done");
        break;
      case 1:
        if (stride != 1) continue;
        shuffle.read(first, out);
        require_same(out, part_of(expected, first, count, 1), "a forward shuffle");
        break;
      default:
        shuffle.read_strided(first, stride, out);
        require_same(out, part_of(expected, first, count, stride), "a forward shuffle, strided");
    }
  }
}

void check_inside_out(Input& input, u64 n, const rng::Mt19937& engine,
                      const std::vector<i64>& expected) {
  order::InsideOutShuffle shuffle(engine, n);
  for (u64 calls = input.below(4); calls > 0; --calls) shuffle.advance(input.below(n + 1));
  shuffle.advance(n);
  const auto [first, stride, count] = place_of(input, n);
  std::vector<i64> out(count);
  shuffle.read_strided(first, stride, out);
  require_same(out, part_of(expected, first, count, stride), "an inside-out shuffle");
}

template <class T>
void check_whole(Input& input, u64 n, const rng::Mt19937& engine,
                 const std::vector<i64>& expected) {
  std::vector<T> out(n, 3);
  order::Randperm randperm(engine, std::span<T>(out));
  const u64 steps = input.flag() ? ~u64{0} : input.between(n / 100 + 1, n + 1);
  while (!randperm.advance(steps)) {
  }
  require_same(out, expected, "randperm");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const test::ThreadCount threads(input.between(1, 3));
  const u64 seed = input.take<u32>();
  const u64 skipped = input.below(700);
  const u64 n = fuzz::size_of(input);
  rng::Mt19937 engine(seed);
  engine.skip(skipped);
  std::mt19937 words = test::words_of(seed);
  words.discard(skipped);
  const u64 form = input.below(5);
  const bool is_inside_out = form == 4 && n > 0;
  const auto expected =
      is_inside_out ? test::inside_out_permutation(words, n) : test::forward_permutation(words, n);
  switch (form) {
    case 0: fuzz::check_whole<u32>(input, n, engine, expected); break;
    case 1: fuzz::check_whole<i32>(input, n, engine, expected); break;
    case 2: fuzz::check_whole<i64>(input, n, engine, expected); break;
    case 3: fuzz::check_forward(input, n, engine, expected); break;
    default:
      if (is_inside_out) fuzz::check_inside_out(input, n, engine, expected);
  }
  return 0;
}
