// One rank's share of a global order: first, first + stride, first + 2 stride, ..., where the order
// is continued by itself for as long as the shard asks (torch's padding).
//
// Source: torch.utils.data.DistributedSampler: pad by repeating from the head until the length
// divides by the number of replicas, then take [rank : total : num_replicas].
// Work: that of reading the order at this stride: where it cannot be read so by less, its own work
// for all indices up to the last. No store for other ranks' indices.
// Memory: none beside the order's. Words: none.
#pragma once

#include <memory>

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::shard {

class StridedShard final : public order::IndexStream {
 public:
  // Index k of the shard is index (first + k * stride) mod order.length() of the order.
  // stride > 0; the order is not empty unless length is 0; first + length * stride < 2^63.
  StridedShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 stride, u64 length);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  void seek(u64 position) override;
  bool prepare(u64 steps) override;
  u64 work_per_index() const override { return order_->work_per_strided_index(stride_); }
  bool is_slow() const override { return order_->is_slow(); }
  bool may_read_ahead() const override { return order_->may_read_ahead(); }

 private:
  // Moves the order to where index position_ of the shard stands.
  void align();

  std::shared_ptr<order::IndexStream> order_;
  u64 first_;
  u64 stride_;
  u64 length_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::shard
