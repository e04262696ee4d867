// The values of an integer array in the order another stream gives: values[order[0]], ...
//
// Source: SubsetRandomSampler, whose order is a permutation of the positions.
// Work: one load an index beside the order's own. Memory: none; the array is read where it lies, in
// its own integer type, with any distance between its elements. A range is computed, not read.
#pragma once

#include <memory>

#include "fastsamplers/base/integer_array.hpp"
#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::order {

class SubsetStream final : public IndexStream {
 public:
  // `owner` keeps the array alive. std::out_of_range when it is read: an index of the order that is
  // not in [0, values.size), a value of a u64 array above 2^63 - 1.
  SubsetStream(std::shared_ptr<IndexStream> order, const IntegerArray& values,
               std::shared_ptr<void> owner);

  u64 length() const override { return order_->length(); }
  u64 position() const override { return order_->position(); }
  std::size_t next(std::span<i64> out) override;
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  void seek(u64 position) override { order_->seek(position); }
  bool prepare(u64 steps) override { return order_->prepare(steps); }
  u64 work_per_index() const override { return order_->work_per_index(); }
  u64 work_per_strided_index(u64 stride) const override {
    return order_->work_per_strided_index(stride);
  }
  bool may_read_ahead() const override { return order_->may_read_ahead(); }

 private:
  void gather(std::span<i64> indices) const;
  // The same; what it throws leaves the stream at position `before`.
  void gather_or_return(std::span<i64> indices, u64 before);

  std::shared_ptr<IndexStream> order_;
  IntegerArray values_;
  std::shared_ptr<void> owner_;
};

}  // namespace fastsamplers::order
