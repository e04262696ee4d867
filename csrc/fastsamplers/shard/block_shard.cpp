#include "fastsamplers/shard/block_shard.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::shard {

BlockShard::BlockShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 block, u64 period,
                       u64 length)
    : Shard(std::move(order), length), first_(first), block_(block), period_(period) {
  check_argument(block > 0, "block", "positive", block);
  check_argument(period >= block, "period", "at least the block", period);
  const u64 last = length > 0 ? length - 1 : 0;
  const bool fits = first <= kMost && length <= kMost && last / block <= (kMost - first) / period &&
                    last % block <= kMost - first - last / block * period;
  check_argument(fits, "length", "small enough that its last position fits int64", length);
}

std::size_t BlockShard::next(std::span<i64> out) {
  std::size_t filled = 0;
  while (filled < out.size() && remaining() > 0) {
    order::IndexStream& order = aligned_order();
    // To the end of the block, and of the order, where it begins again.
    const u64 rest =
        std::min({remaining(), block_ - position() % block_, order.length() - order.position()});
    const auto most = static_cast<std::size_t>(std::min<u64>(rest, out.size() - filled));
    const std::size_t got = order.next(out.subspan(filled, most));
    if (got == 0) break;
    filled += got;
    moved(got);
  }
  return filled;
}

u64 BlockShard::work_per_index() const {
  // An order that has to do all steps in between does them for each index of a block alike.
  const u64 strided = order().work_per_strided_index((period_ + block_ - 1) / block_);
  return std::max(order().work_per_index(), strided);
}

}  // namespace fastsamplers::shard
