#include "fastsamplers/shard/strided_shard.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::shard {

StridedShard::StridedShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 stride,
                           u64 length)
    : Shard(std::move(order), length), first_(first), stride_(stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  check_argument(first <= kMost && length <= (kMost - first) / stride, "length",
                 "small enough that first + length * stride fits int64", length);
}

std::size_t StridedShard::next(std::span<i64> out) {
  std::size_t filled = 0;
  while (filled < out.size() && remaining() > 0) {
    const auto most = static_cast<std::size_t>(std::min<u64>(remaining(), out.size() - filled));
    const std::size_t got = aligned_order().next_strided(out.subspan(filled, most), stride_);
    filled += got;
    moved(got);
  }
  return filled;
}

std::size_t StridedShard::next_strided(std::span<i64> out, u64 stride) {
  check_argument(stride > 0, "stride", "positive", stride);
  const std::size_t count = count_strided(out.size(), stride);
  // Two of them lie within the shard, whose places fit int64; of one the stride does not matter.
  const u64 apart = count > 1 ? stride_ * stride : 1;
  for (std::size_t filled = 0; filled < count;) {
    const std::size_t got =
        aligned_order().next_strided(out.subspan(filled, count - filled), apart);
    filled += got;
    moved(distance_strided(got, stride));
  }
  return count;
}

u64 StridedShard::work_per_strided_index(u64 stride) const {
  return order().work_per_strided_index(stride > kMost / stride_ ? kMost : stride_ * stride);
}

}  // namespace fastsamplers::shard
