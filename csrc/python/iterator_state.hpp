// The state of an iterator, which its source knows: the Python object that its streams come from.
//
// A source is iterated over for its streams. It has state_dict(position, ended), of a pass from
// which `position` items have been handed out since the streams were asked for, and
// load_state_dict(state), which returns the streams of the rest and raises before anything has
// changed.
#pragma once

#include "bindings.hpp"

namespace fastsamplers::python {

inline py::object state_of_source(PyObject* source, u64 position, bool ended) {
  return py::reinterpret_borrow<py::object>(source).attr("state_dict")(position, ended);
}

// A new reference to an iterator over the streams of the rest.
inline py::object streams_of_state(PyObject* source, PyObject* state) {
  const py::object rest =
      py::reinterpret_borrow<py::object>(source).attr("load_state_dict")(py::handle(state));
  return py::iter(rest);
}

}  // namespace fastsamplers::python
