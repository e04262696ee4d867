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

void draw_points(const CdfTable& table, rng::Mt19937& engine, std::span<i64> out) {
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
    : table_(std::move(table)), origin_(engine), engine_(engine), length_(length) {
  check_argument(length <= (u64{1} << 61), "length", "at most 2**61", length);
}

std::size_t WeightedStream::next(std::span<i64> out) {
  prepare(length_);
  const auto count = static_cast<std::size_t>(std::min<u64>(out.size(), remaining()));
  draw_points(*table_, engine_, out.first(count));
  position_ += count;
  engine_position_ = position_;
  return count;
}

std::size_t WeightedStream::next_strided(std::span<i64> out, u64 stride) {
  prepare(length_);
  const std::size_t count = count_strided(out.size(), stride);
  std::array<u32, rng::kUniformWords> words;
  std::array<u64, kChunk> points;
  for (std::size_t done = 0; done < count; done += kChunk) {
    const std::size_t size = std::min(kChunk, count - done);
    for (std::size_t k = 0; k < size; ++k) {
      words[0] = engine_.random();
      words[1] = engine_.random();
      points[k] = rng::uniform_bits(words.data());
      const u64 skipped = std::min(stride, length_ - engine_position_) - 1;
      engine_.skip(rng::kUniformWords * skipped);
      engine_position_ += skipped + 1;
    }
    table_->find({points.data(), size}, out.data() + done);
  }
  position_ += distance_strided(count, stride);
  return count;
}

bool WeightedStream::prepare(u64 steps) {
  const u64 skipped = std::min(position_ - engine_position_, steps);
  engine_.skip(skipped * rng::kUniformWords);
  engine_position_ += skipped;
  return engine_position_ == position_;
}

void WeightedStream::seek(u64 position) {
  check_position(position);
  position_ = position;
  if (position < engine_position_) {
    engine_ = origin_;
    engine_position_ = 0;
  }
}

bool WeightedStream::is_slow() const { return table_->bytes() > kSlowBytes; }

}  // namespace fastsamplers::weighted
