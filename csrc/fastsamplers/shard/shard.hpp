// What shards have in common: positions of their own that stand for places of a global order, which
// is continued by itself for as long as the shard asks.
//
// A shard says where its index k stands (place) and reads from there. Work and memory: the order's.
#pragma once

#include <memory>

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::shard {

class Shard : public order::IndexStream {
 public:
  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  void seek(u64 position) override;
  bool prepare(u64 steps) override;
  bool is_slow() const override { return order_->is_slow(); }
  bool may_read_ahead() const override { return order_->may_read_ahead(); }

 protected:
  // Positions are below 2^63.
  static constexpr u64 kMost = (u64{1} << 63) - 1;

  // std::invalid_argument for no order, or an empty one unless length is 0.
  Shard(std::shared_ptr<order::IndexStream> order, u64 length);

  // Where index `position` of the shard stands, before the order begins again.
  virtual u64 place(u64 position) const = 0;
  // The order, moved to where the next index of the shard stands.
  order::IndexStream& aligned_order();
  const order::IndexStream& order() const { return *order_; }
  void moved(std::size_t indices) { position_ += indices; }

 private:
  std::shared_ptr<order::IndexStream> order_;
  u64 length_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::shard
