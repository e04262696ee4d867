#include "fastsamplers/shard/strided_shard.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::shard {

StridedShard::StridedShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 stride,
                           u64 length)
    : order_(std::move(order)), first_(first), stride_(stride), length_(length) {
  constexpr u64 kMost = (u64{1} << 63) - 1;
  check_argument(order_ != nullptr, "order", "a stream", "null");
  check_argument(stride > 0, "stride", "positive", stride);
  check_argument(order_->length() > 0 || length == 0, "length", "0 for an empty order", length);
  check_argument(first <= kMost && length <= (kMost - first) / stride, "length",
                 "small enough that first + length * stride fits int64", length);
}

void StridedShard::align() {
  const u64 place = (first_ + position_ * stride_) % order_->length();
  if (order_->position() != place) order_->seek(place);
}

std::size_t StridedShard::next(std::span<i64> out) {
  std::size_t filled = 0;
  while (filled < out.size() && position_ < length_) {
    align();
    const auto most = static_cast<std::size_t>(
        std::min<u64>(length_ - position_, static_cast<u64>(out.size() - filled)));
    const std::size_t got = order_->next_strided(out.subspan(filled, most), stride_);
    filled += got;
    position_ += got;
  }
  return filled;
}

void StridedShard::seek(u64 position) {
  check_position(position);
  position_ = position;
}

bool StridedShard::prepare(u64 steps) {
  if (position_ == length_) return true;
  align();
  return order_->prepare(steps);
}

}  // namespace fastsamplers::shard
