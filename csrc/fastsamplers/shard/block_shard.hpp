// One rank's share of a global order that is dealt out in blocks of consecutive indices, the order
// being continued by itself for as long as the shard asks.
//
// Source: what a wrapper around a batch sampler keeps, [rank : total : num_replicas] of its batches;
// with one block it is a run of the order.
// Work: that of reading the order block by block; what lies between two blocks is sought past, not
// read. Memory: none beside the order's. Words: none.
#pragma once

#include "fastsamplers/shard/shard.hpp"

namespace fastsamplers::shard {

class BlockShard final : public Shard {
 public:
  // Index k of the shard is index (first + k / block * period + k % block) mod order.length() of
  // the order. 0 < block <= period; the order is not empty unless length is 0; all of these
  // positions, before the modulus, are below 2^63.
  BlockShard(std::shared_ptr<order::IndexStream> order, u64 first, u64 block, u64 period,
             u64 length);

  std::size_t next(std::span<i64> out) override;
  u64 work_per_index() const override;

 private:
  u64 place(u64 position) const override {
    return first_ + position / block_ * period_ + position % block_;
  }

  u64 first_;
  u64 block_;
  u64 period_;
};

}  // namespace fastsamplers::shard
