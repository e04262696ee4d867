#include "fastsamplers/order/stored.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/copies.hpp"

namespace fastsamplers::order {

StoredStream::StoredStream(StoredIndices indices) : indices_(std::move(indices)) {
  check_argument(indices_ != nullptr, "indices", "stored", "null");
}

std::size_t StoredStream::next(std::span<i64> out) {
  const auto count = static_cast<std::size_t>(std::min<u64>(out.size(), remaining()));
  kWiden.active()(indices_->data() + position_, count, out.data());
  position_ += count;
  return count;
}

void StoredStream::seek(u64 position) {
  check_position(position);
  position_ = position;
}

}  // namespace fastsamplers::order
