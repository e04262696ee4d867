#include "fastsamplers/order/subset.hpp"

#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/copies.hpp"

namespace fastsamplers::order {
namespace {

void check_index(i64 index, u64 size) {
  if (static_cast<u64>(index) < size) return;
  throw std::out_of_range("index " + std::to_string(index) + " is out of range for " +
                          std::to_string(size) + " values");
}

void gather_range(const IntegerArray& values, std::span<i64> indices) {
  for (i64& index : indices) {
    check_index(index, values.size);
    // In u64: the product alone may wrap where the sum does not.
    index = static_cast<i64>(static_cast<u64>(values.first) +
                             static_cast<u64>(index) * static_cast<u64>(values.stride));
  }
}

// In place: indices[k] = values[indices[k]].
template <class T>
void gather_as(const IntegerArray& values, std::span<i64> indices) {
  const auto* const base = static_cast<const char*>(values.data);
  for (i64& index : indices) {
    check_index(index, values.size);
    T value;
    std::memcpy(&value, base + index * values.stride, sizeof(T));  // elements may lie unaligned
    if constexpr (std::is_same_v<T, u64>) {
      if (value > static_cast<u64>(std::numeric_limits<i64>::max())) {
        throw std::out_of_range("indices should fit int64, but got " + std::to_string(value) +
                                " at position " + std::to_string(index));
      }
    }
    index = static_cast<i64>(value);
  }
}

}  // namespace

SubsetStream::SubsetStream(std::shared_ptr<IndexStream> order, const IntegerArray& values,
                           std::shared_ptr<void> owner)
    : order_(std::move(order)), values_(values), owner_(std::move(owner)) {
  check_argument(order_ != nullptr, "order", "a stream", "null");
}

std::size_t SubsetStream::next(std::span<i64> out) {
  const u64 before = position();
  const std::size_t count = order_->next(out);
  gather_or_return(out.first(count), before);
  return count;
}

std::size_t SubsetStream::next_strided(std::span<i64> out, u64 stride) {
  const u64 before = position();
  const std::size_t count = order_->next_strided(out, stride);
  gather_or_return(out.first(count), before);
  return count;
}

void SubsetStream::gather_or_return(std::span<i64> indices, u64 before) {
  try {
    gather(indices);
  } catch (...) {
    order_->seek(before);
    throw;
  }
}

void SubsetStream::gather(std::span<i64> indices) const {
  using Type = IntegerArray::Type;
  if (values_.type == Type::i64 && is_contiguous<i64>(values_)) {
    for (const i64 index : indices) check_index(index, values_.size);
    kGather64.active()(static_cast<const i64*>(values_.data), indices.data(), indices.size());
    return;
  }
  if (values_.type == Type::i32 && is_contiguous<i32>(values_)) {
    for (const i64 index : indices) check_index(index, values_.size);
    kGather32.active()(static_cast<const i32*>(values_.data), indices.data(), indices.size());
    return;
  }
  if (values_.type == Type::range) return gather_range(values_, indices);
  with_element_type(values_.type,
                    [&]<class T>(std::type_identity<T>) { gather_as<T>(values_, indices); });
}

}  // namespace fastsamplers::order
