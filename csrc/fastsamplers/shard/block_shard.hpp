// One rank's share of a global order that is dealt out in blocks of consecutive indices, the order
// being continued by itself for as long as the shard asks.
//
// Source: what a wrapper around a batch sampler keeps, [rank : total : num_replicas] of its batches;
// with one block it is a run of the order.
// Work: that of reading the order block by block; what lies between two blocks is sought past, not
// read. Memory: none beside the order's. Words: none.
#pragma once

#include <memory>

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::shard {

class BlockShard final : public order::IndexStream {
 public:
  // Index k of the shard is index (first + k / block * period + k % block) mod order.length() of
  // the order. 0 < block <= period; the order is not empty unless length is 0; all of these
  // positions, before the modulus, are below 2^63.
  BlockShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 block, u64 period,
             u64 length);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  void seek(u64 position) override;
  bool prepare(u64 steps) override;
  u64 work_per_index() const override;
  bool is_slow() const override { return order_->is_slow(); }
  bool may_read_ahead() const override { return order_->may_read_ahead(); }

 private:
  // Moves the order to where index position_ of the shard stands.
  void align();

  std::shared_ptr<order::IndexStream> order_;
  u64 first_;
  u64 block_;
  u64 period_;
  u64 length_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::shard
