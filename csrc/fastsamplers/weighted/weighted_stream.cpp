#include "fastsamplers/weighted/weighted_stream.hpp"

#include <algorithm>
#include <array>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/rng/uniform.hpp"

namespace fastsamplers::weighted {
namespace {

// Draws at a time: their words and points stay in the first-level cache.
constexpr std::size_t kChunk = 512;
// A larger table is not in a core's own caches: 2 ns a draw become 5 and more.
constexpr std::size_t kSlowBytes = std::size_t{1} << 21;

}  // namespace

void draw_from_table(const CdfTable& table, rng::Mt19937& engine, std::span<i64> out) {
  std::array<u32, rng::kUniformWords * kChunk> words;
  std::array<u64, kChunk> points;
  while (!out.empty()) {
    const std::size_t size = std::min(kChunk, out.size());
    engine.fill({words.data(), rng::kUniformWords * size});
    for (std::size_t k = 0; k < size; ++k) points[k] = rng::uniform_bits(words.data() + 2 * k);
    table.find({points.data(), size}, out.data());
    out = out.subspan(size);
  }
}

WeightedStream::WeightedStream(std::shared_ptr<const CdfTable> table, const rng::Mt19937& engine,
                               u64 length)
    : DrawStream(engine, rng::kUniformWords, length), table_(std::move(table)) {}

void WeightedStream::draw(rng::Mt19937& engine, std::span<i64> out) {
  draw_from_table(*table_, engine, out);
}

std::size_t WeightedStream::next_strided(std::span<i64> out, u64 stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  rng::Mt19937& engine = ready_engine();
  const std::size_t count = count_strided(out.size(), stride);
  std::array<u64, kChunk> points;
  for (std::size_t done = 0; done < count; done += kChunk) {
    const std::size_t size = std::min(kChunk, count - done);
    for (std::size_t k = 0; k < size; ++k) {
      points[k] = engine.random64() & rng::kUniformMask;
      const u64 passed = std::min(stride, remaining());
      engine.skip(rng::kUniformWords * (passed - 1));
      moved(passed);
    }
    table_->find({points.data(), size}, out.data() + done);
  }
  return count;
}

bool WeightedStream::is_slow() const { return table_->bytes() > kSlowBytes; }

}  // namespace fastsamplers::weighted
