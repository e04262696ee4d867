// Indices as a fresh list of exact Python ints.
#pragma once

#include "bindings.hpp"
#include "signals.hpp"

namespace fastsamplers::python {

// A list of `count` places that `item(k)`, which returns a new reference or null, fills in turn.
// Long ones answer signals (Interrupted). Until it is full the garbage collector, which shows its
// lists to everybody, does not know the list: handlers and finalizers may run anything.
template <class Item>
py::list filled_list(std::size_t count, const Item& item) {
  auto list = py::reinterpret_steal<py::list>(PyList_New(static_cast<py::ssize_t>(count)));
  if (!list) throw py::error_already_set();  // pybind11 would make it another error
  const bool is_long = count > kObjectsBetweenSignals;
  PyObject_GC_UnTrack(list.ptr());
  for (std::size_t k = 0; k < count; ++k) {
    if (is_long && k % kObjectsBetweenSignals == 0) answer_signals();
    PyObject* const object = item(k);
    if (object == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(list.ptr(), static_cast<py::ssize_t>(k), object);
  }
  PyObject_GC_Track(list.ptr());
  return list;
}

inline py::list index_list(const i64* indices, std::size_t count) {
  return filled_list(count, [&](std::size_t k) { return PyLong_FromLongLong(indices[k]); });
}

}  // namespace fastsamplers::python
