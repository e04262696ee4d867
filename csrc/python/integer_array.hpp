// NumPy arrays of integers as the kernels read them.
#pragma once

#include <string>

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/integer_array.hpp"

namespace fastsamplers::python {

// The type of the elements; TypeError for anything but native integers.
inline IntegerArray::Type integer_type(const py::array& values, const char* name) {
  using Type = IntegerArray::Type;
  const char kind = values.dtype().kind();
  const bool native = values.dtype().attr("isnative").cast<bool>();
  if (native && (kind == 'i' || kind == 'u')) {
    const bool is_signed = kind == 'i';
    switch (values.itemsize()) {
      case 1: return is_signed ? Type::i8 : Type::u8;
      case 2: return is_signed ? Type::i16 : Type::u16;
      case 4: return is_signed ? Type::i32 : Type::u32;
      case 8: return is_signed ? Type::i64 : Type::u64;
      default: break;
    }
  }
  throw py::type_error(std::string(name) +
                       " should be an array of native integers, but got dtype " +
                       py::str(values.dtype()).cast<std::string>());
}

// A view of the array, which the caller keeps alive.
inline IntegerArray integer_array(const py::array& values, const char* name) {
  check_argument(values.ndim() == 1, (std::string(name) + " dimensions").c_str(), "1",
                 values.ndim());
  IntegerArray array;
  array.data = values.data();
  array.size = static_cast<u64>(values.size());
  array.stride = values.strides(0);
  array.type = integer_type(values, name);
  return array;
}

}  // namespace fastsamplers::python
