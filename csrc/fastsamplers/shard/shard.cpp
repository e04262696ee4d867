#include "fastsamplers/shard/shard.hpp"

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::shard {

Shard::Shard(std::shared_ptr<order::IndexStream> order, u64 length)
    : order_(std::move(order)), length_(length) {
  check_argument(order_ != nullptr, "order", "a stream", "null");
  check_argument(order_->length() > 0 || length == 0, "length", "0 for an empty order", length);
}

order::IndexStream& Shard::aligned_order() {
  const u64 wrapped = place(position_) % order_->length();
  if (order_->position() != wrapped) order_->seek(wrapped);
  return *order_;
}

void Shard::seek(u64 position) {
  check_position(position);
  position_ = position;
}

bool Shard::prepare(u64 steps) { return position_ == length_ || aligned_order().prepare(steps); }

}  // namespace fastsamplers::shard
