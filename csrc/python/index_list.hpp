// Indices as a fresh list of exact Python ints.
#pragma once

#include "bindings.hpp"

namespace fastsamplers::python {

inline py::list index_list(const i64* indices, std::size_t count) {
  auto list = py::reinterpret_steal<py::list>(PyList_New(static_cast<py::ssize_t>(count)));
  if (!list) throw py::error_already_set();  // pybind11 would make it another error
  for (std::size_t k = 0; k < count; ++k) {
    PyObject* const item = PyLong_FromLongLong(indices[k]);
    if (item == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(list.ptr(), static_cast<py::ssize_t>(k), item);
  }
  return list;
}

}  // namespace fastsamplers::python
