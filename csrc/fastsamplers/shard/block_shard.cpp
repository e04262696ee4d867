#include "fastsamplers/shard/block_shard.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::shard {

BlockShard::BlockShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 block, u64 period,
                       u64 length)
    : order_(std::move(order)), first_(first), block_(block), period_(period), length_(length) {
  constexpr u64 kMost = (u64{1} << 63) - 1;
  check_argument(order_ != nullptr, "order", "a stream", "null");
  check_argument(block > 0, "block", "positive", block);
  check_argument(period >= block, "period", "at least the block", period);
  check_argument(order_->length() > 0 || length == 0, "length", "0 for an empty order", length);
  const u64 last = length > 0 ? length - 1 : 0;
  const bool fits = first <= kMost && length <= kMost && last / block <= (kMost - first) / period &&
                    last % block <= kMost - first - last / block * period;
  check_argument(fits, "length", "small enough that its last position fits int64", length);
}

void BlockShard::align() {
  const u64 place = first_ + position_ / block_ * period_ + position_ % block_;
  const u64 wrapped = place % order_->length();
  if (order_->position() != wrapped) order_->seek(wrapped);
}

std::size_t BlockShard::next(std::span<i64> out) {
  std::size_t filled = 0;
  while (filled < out.size() && position_ < length_) {
    align();
    // To the end of the block, and of the order, where it begins again.
    const u64 rest = std::min(
        {length_ - position_, block_ - position_ % block_, order_->length() - order_->position()});
    const auto most = static_cast<std::size_t>(std::min<u64>(rest, out.size() - filled));
    const std::size_t got = order_->next(out.subspan(filled, most));
    if (got == 0) break;
    filled += got;
    position_ += got;
  }
  return filled;
}

void BlockShard::seek(u64 position) {
  check_position(position);
  position_ = position;
}

bool BlockShard::prepare(u64 steps) {
  if (position_ == length_) return true;
  align();
  return order_->prepare(steps);
}

u64 BlockShard::work_per_index() const {
  // An order that has to do all steps in between does them for each index of a block alike.
  const u64 each = order_->work_per_index();
  const u64 strided = order_->work_per_strided_index((period_ + block_ - 1) / block_);
  return std::max(each, strided);
}

}  // namespace fastsamplers::shard
