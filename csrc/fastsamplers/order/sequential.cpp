#include "fastsamplers/order/sequential.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::order {

SequentialStream::SequentialStream(u64 length, i64 first, i64 step)
    : length_(length), first_(static_cast<u64>(first)), step_(static_cast<u64>(step)) {
  check_argument(length <= (u64{1} << 63) - 1, "length", "at most 2**63 - 1", length);
}

std::size_t SequentialStream::next_strided(std::span<i64> out, u64 stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  const std::size_t count = count_strided(out.size(), stride);
  // In u64, where the step past the last index may wrap around unused.
  const u64 start = first_ + position_ * step_;
  const u64 step = stride * step_;
  for (std::size_t k = 0; k < count; ++k) out[k] = static_cast<i64>(start + k * step);
  position_ += distance_strided(count, stride);
  return count;
}

void SequentialStream::seek(u64 position) {
  check_position(position);
  position_ = position;
}

}  // namespace fastsamplers::order
