// torch.multinomial without replacement against torch.topk and argmax of all quotients, with words
// that are left to chance or are not; and the filter of the race.
#include "fastsamplers/weighted/weighted_choice.hpp"

#include "fastsamplers/weighted/tied_choice.hpp"
#include "isa_levels.hpp"
#include "require.hpp"
#include "thread_counts.hpp"
#include "weight_arrays.hpp"
#include "weighted/multinomial.hpp"

namespace fastsamplers::fuzz {
namespace {

constexpr std::size_t kGuard = 16;

// Quotients by an engine of given points, or of a seed.
std::vector<u64> points_of(Input& input, std::size_t count, rng::Mt19937& engine) {
  constexpr u64 kMost = (u64{1} << 53) - 1;
  if (count <= 311 && input.flag()) {
    std::vector<u64> points = input.words<u64>(count);
    const bool are_equal = input.flag();
    for (u64& point : points) point = are_equal ? points[0] & kMost : point & kMost;
    engine = test::engine_that_draws(points);
    return points;
  }
  const u64 seed = input.take<u32>();
  engine = rng::Mt19937(seed);
  std::mt19937 words = test::words_of(seed);
  return test::uniform_points(words, count);
}

void check_choice(Input& input) {
  const auto precision = input.pick(test::kPrecisions);
  const std::vector<double> values =
      valid_weights(input, precision, input.below(8) == 7 ? 20000 : 700);
  const auto storage = precision == test::Precision::f64 ? test::Storage::f64 : test::Storage::f32;
  const LaidOutWeights laid_out(values, storage, precision, stride_of(input, storage));
  rng::Mt19937 engine(0);
  const auto points = points_of(input, values.size(), engine);
  const auto quotients = test::quotients_of(values, points, precision);
  const u64 n = values.size();
  const std::size_t k =
      input.flag() ? input.between(1, std::min<u64>(n, 1 + n / 64)) : input.between(1, n);
  std::vector<i64> out(k + kGuard, -1);
  const std::span<i64> chosen = std::span(out).first(k);
  std::vector<i64> expected;
  if (input.below(4) == 0) {
    expected = test::topk(quotients, k);
    choose_with_ties(engine, laid_out.weights(), chosen);
  } else {
    expected = test::choice_of(quotients, k);
    const auto nonzero = n - static_cast<u64>(std::count(values.begin(), values.end(), 0.0));
    weighted::WeightedChoice choice(laid_out.weights(), engine, nonzero, chosen);
    const u64 steps = input.flag() ? ~u64{0} : input.between(n / 20 + 1, n + 1);
    while (!choice.advance(steps)) {
    }
  }
  expected.resize(out.size(), -1);
  require_same(out, expected, "a choice");
}

void check_filter(Input& input) {
  const std::size_t count = input.below(weighted::kWeightBlock + 1);
  const auto words = input.words<u32>(2 * count);
  std::vector<double> weights(count);
  for (std::size_t k = 0; k < count; ++k) weights[k] = static_cast<double>(k % 7) * 100;
  for (u64 edits = input.below(9); edits > 0 && count > 0; --edits) {
    weights[input.below(count)] = any_weight(input);
  }
  const double scale = input.flag() ? std::abs(any_weight(input)) : input.take<u16>() * 0x1p-16;
  std::vector<u32> expected;
  for (std::size_t k = 0; k < count; ++k) {
    if (weights[k] >= scale * (words[2 * k] & weighted::kHighMask)) {
      expected.push_back(static_cast<u32>(k));
    }
  }
  for (const Isa isa : test::supported_levels()) {
    std::vector<u32> out(count + weighted::kFilterSlack);
    const std::size_t found =
        weighted::kRaceFilter.at(isa)(words.data(), weights.data(), count, scale, out.data());
    out.resize(std::min(found, out.size()));
    require_same(out, expected, "what the filter lets through");
  }
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const test::ThreadCount threads(input.between(1, 3));
  if (input.below(4) == 3) {
    fuzz::check_filter(input);
  } else {
    fuzz::check_choice(input);
  }
  return 0;
}
