// The order first, first + step, first + 2 step, ...: torch's SequentialSampler with first = 0 and
// step = 1, and every Python range.
//
// Work: O(1) to start and to seek; one store an index. Memory: none. Words: none.
#pragma once

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::order {

class SequentialStream final : public IndexStream {
 public:
  // Every value first + k * step with k < length must fit i64.
  explicit SequentialStream(u64 length, i64 first = 0, i64 step = 1);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override { return next_strided(out, 1); }
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  void seek(u64 position) override;
  u64 work_per_strided_index(u64 /*stride*/) const override { return work_per_index(); }

 private:
  u64 length_;
  u64 first_;
  u64 step_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::order
