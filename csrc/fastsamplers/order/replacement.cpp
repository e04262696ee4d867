#include "fastsamplers/order/replacement.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/rng/bounded.hpp"

namespace fastsamplers::order {

ReplacementStream::ReplacementStream(const rng::Mt19937& engine, u64 n, u64 length)
    : origin_(engine), engine_(engine), n_(n), length_(length) {
  check_argument(n > 0, "n", "positive", n);
  check_argument(n <= (u64{1} << 63) - 1, "n", "at most 2**63 - 1", n);
  check_argument(length <= (u64{1} << 63) - 1, "length", "at most 2**63 - 1", length);
}

std::size_t ReplacementStream::next(std::span<i64> out) {
  prepare(length_);
  const auto count = static_cast<std::size_t>(std::min<u64>(out.size(), remaining()));
  rng::bounded_fill(engine_, 0, n_, out.first(count));
  position_ += count;
  engine_position_ = position_;
  return count;
}

bool ReplacementStream::prepare(u64 steps) {
  const u64 skipped = std::min(position_ - engine_position_, steps);
  engine_.skip(skipped * rng::bounded_words(n_));
  engine_position_ += skipped;
  return engine_position_ == position_;
}

void ReplacementStream::seek(u64 position) {
  check_position(position);
  position_ = position;
  if (position < engine_position_) {
    engine_ = origin_;
    engine_position_ = 0;
  }
}

}  // namespace fastsamplers::order
