// torch.multinomial with replacement in all its forms against running sums and a search in them.
#include "fastsamplers/weighted/block_sums.hpp"
#include "fastsamplers/weighted/cdf_table.hpp"
#include "fastsamplers/weighted/parallel_draws.hpp"
#include "isa_levels.hpp"
#include "require.hpp"
#include "thread_counts.hpp"
#include "weight_arrays.hpp"
#include "weighted/multinomial.hpp"

namespace fastsamplers::fuzz {
namespace {

std::shared_ptr<weighted::CdfTable> table_of(const weighted::Weights& weights, u64 steps) {
  weighted::CdfTableBuilder builder(weights);
  while (!builder.advance(steps)) {
  }
  return builder.table();
}

std::vector<i64> indices_at(const std::vector<double>& distribution,
                            const std::vector<u64>& points) {
  std::vector<i64> indices;
  for (const u64 point : points) indices.push_back(test::index_at(distribution, point));
  return indices;
}

// Points on, before and behind the values of the distribution, and any others.
std::vector<u64> points_of(Input& input, const std::vector<double>& distribution) {
  constexpr u64 kMost = (u64{1} << 53) - 1;
  std::vector<u64> points = {0, kMost};
  for (std::size_t count = input.below(200); count > 0; --count) {
    if (input.flag()) {
      points.push_back(input.take<u64>() & kMost);
      continue;
    }
    const double value = distribution[input.below(distribution.size())];
    if (!(value >= 0 && value <= 1)) continue;  // NaN where sums have overflowed
    const auto whole = static_cast<u64>(value * 0x1p53);
    points.push_back(std::min(kMost, whole + input.below(3) - (whole > 0 ? 1 : 0)));
  }
  return points;
}

void check(Input& input) {
  const auto precision = input.pick(test::kPrecisions);
  const auto storage =
      precision == test::Precision::f64 && input.flag() ? test::Storage::f64 : test::Storage::f32;
  std::vector<double> values = valid_weights(input, precision, 2000);
  if (storage == test::Storage::f32) {
    bool is_valid = false;
    for (double& value : values) {
      value = static_cast<double>(static_cast<float>(value));
      if (std::isinf(value)) value = 0;
      is_valid = is_valid || value != 0;
    }
    if (!is_valid) values[0] = 1;
  }
  const LaidOutWeights laid_out(values, storage, precision, stride_of(input, storage));
  const std::vector<double> distribution = test::distribution_of(values, precision);
  const u64 steps =
      input.flag() ? ~u64{0} : input.between(values.size() / 20 + 1, values.size() + 1);
  const u64 form = input.below(3);
  if (form == 0) {
    const auto points = points_of(input, distribution);
    std::vector<i64> out(points.size());
    table_of(laid_out.weights(), steps)->find(points, out.data());
    require_same(out, indices_at(distribution, points), "the index of a point");
    return;
  }
  const u64 seed = input.take<u32>();
  std::vector<i64> out(input.below(700), -1);
  std::mt19937 words = test::words_of(seed);
  const auto expected = indices_at(distribution, test::uniform_points(words, out.size()));
  if (form == 1) {
    weighted::ParallelDraws draws(table_of(laid_out.weights(), steps), rng::Mt19937(seed), out);
    while (!draws.advance(steps)) {
    }
    require_same(out, expected, "draws from a table");
  } else {
    weighted::BlockSums sums(laid_out.weights());
    while (!sums.advance(steps)) {
    }
    draw_by_blocks(sums, laid_out.weights(), rng::Mt19937(seed), out);
    require_same(out, expected, "draws by blocks");
  }
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const test::ThreadCount threads(input.between(1, 3));
  fuzz::check(input);
  return 0;
}
