// One rank's share of a global order: first, first + stride, first + 2 stride, ..., where the order
// is continued by itself for as long as the shard asks (torch's padding).
//
// Source: torch.utils.data.DistributedSampler: pad by repeating from the head until the length
// divides by the number of replicas, then take [rank : total : num_replicas].
// Work: that of reading the order at this stride: where it cannot be read so by less, its own work
// for all indices up to the last. No store for other ranks' indices.
// Memory: none beside the order's. Words: none.
#pragma once

#include "fastsamplers/shard/shard.hpp"

namespace fastsamplers::shard {

class StridedShard final : public Shard {
 public:
  // Index k of the shard is index (first + k * stride) mod order.length() of the order.
  // stride > 0; the order is not empty unless length is 0; first + length * stride < 2^63.
  StridedShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 stride, u64 length);

  std::size_t next(std::span<i64> out) override;
  // A stride of a stride is one of the order: what lies between is not read for either.
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  u64 work_per_index() const override { return order().work_per_strided_index(stride_); }
  u64 work_per_strided_index(u64 stride) const override;

 private:
  u64 place(u64 position) const override { return first_ + position * stride_; }

  u64 first_;
  u64 stride_;
};

}  // namespace fastsamplers::shard
