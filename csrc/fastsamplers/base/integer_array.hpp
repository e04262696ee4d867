// One-dimensional arrays of integers that somebody else keeps alive, of any integer type and any
// distance between elements, or ranges, which are computed.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers {

struct IntegerArray {
  enum class Type : u8 { i8, i16, i32, i64, u8, u16, u32, u64, range };

  const void* data = nullptr;
  u64 size = 0;
  i64 stride = 0;  // bytes from one element to the next; of a range its step; may be negative
  i64 first = 0;   // of a range
  Type type = Type::i64;
};

// Whether the elements lie side by side, where T can be read.
template <class T>
bool is_contiguous(const IntegerArray& values) {
  return values.stride == sizeof(T) &&
         reinterpret_cast<std::uintptr_t>(values.data) % alignof(T) == 0;
}

// body(std::type_identity<T>{}) with the type of the elements; not for a range.
template <class Body>
decltype(auto) with_element_type(IntegerArray::Type type, Body&& body) {
  using Type = IntegerArray::Type;
  switch (type) {
    case Type::i8: return std::forward<Body>(body)(std::type_identity<i8>{});
    case Type::i16: return std::forward<Body>(body)(std::type_identity<i16>{});
    case Type::i32: return std::forward<Body>(body)(std::type_identity<i32>{});
    case Type::u8: return std::forward<Body>(body)(std::type_identity<u8>{});
    case Type::u16: return std::forward<Body>(body)(std::type_identity<u16>{});
    case Type::u32: return std::forward<Body>(body)(std::type_identity<u32>{});
    case Type::u64: return std::forward<Body>(body)(std::type_identity<u64>{});
    case Type::i64:
    case Type::range: break;
  }
  return std::forward<Body>(body)(std::type_identity<i64>{});
}

}  // namespace fastsamplers
