// Indices as a fresh list of exact Python ints.
#pragma once

#include "bindings.hpp"

namespace fastsamplers::python {

inline py::list index_list(const i64* indices, std::size_t count) {
  py::list list(count);
  for (std::size_t k = 0; k < count; ++k) {
    PyObject* const item = PyLong_FromLongLong(indices[k]);
    if (item == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(list.ptr(), static_cast<py::ssize_t>(k), item);
  }
  return list;
}

}  // namespace fastsamplers::python
