#include "fastsamplers/order/draw_stream.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::order {

DrawStream::DrawStream(const rng::Mt19937& engine, u64 words_per_draw, u64 length)
    : origin_(engine), engine_(engine), words_per_draw_(words_per_draw), length_(length) {
  check_argument(length <= (u64{1} << 63) - 1, "length", "at most 2**63 - 1", length);
}

std::size_t DrawStream::next(std::span<i64> out) {
  const auto count = static_cast<std::size_t>(std::min<u64>(out.size(), remaining()));
  draw(ready_engine(), out.first(count));
  moved(count);
  return count;
}

rng::Mt19937& DrawStream::ready_engine() {
  prepare(length_);
  return engine_;
}

bool DrawStream::prepare(u64 steps) {
  const u64 skipped = std::min(position_ - engine_position_, steps);
  engine_.skip(skipped * words_per_draw_);
  engine_position_ += skipped;
  return engine_position_ == position_;
}

void DrawStream::seek(u64 position) {
  check_position(position);
  position_ = position;
  if (position < engine_position_) {
    engine_ = origin_;
    engine_position_ = 0;
  }
}

}  // namespace fastsamplers::order
