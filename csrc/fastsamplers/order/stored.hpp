// Indices that are stored: an order that some kernel has written down.
//
// Work: a widening copy. Memory: 4 bytes an index, shared by all streams over it. Words: none.
#pragma once

#include <memory>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::order {

using StoredIndices = std::shared_ptr<const PageVector<u32>>;

class StoredStream final : public IndexStream {
 public:
  // std::invalid_argument for no indices.
  explicit StoredStream(StoredIndices indices);

  u64 length() const override { return indices_->size(); }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  void seek(u64 position) override;

 private:
  StoredIndices indices_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::order
