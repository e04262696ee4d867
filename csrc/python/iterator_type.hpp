// The Python type of an iterator written against the C API: what both iterators here declare alike.
#pragma once

#include <array>
#include <cstring>

#include "bindings.hpp"

namespace fastsamplers::python {

struct IteratorSlots {
  const char* name;  // qualified
  const char* doc;
  std::size_t size;
  newfunc create;
  iternextfunc next;
  PyCFunction state_dict;
  PyCFunction load_state_dict;
  getter source;
  getter position;
  traverseproc traverse;
  inquiry clear;
  destructor dealloc;
};

// The tables of such a type, which have to stay where they are for as long as it lives.
struct IteratorTables {
  explicit IteratorTables(const IteratorSlots& slots)
      : methods{{
            {"state_dict", slots.state_dict, METH_NOARGS,
             "Where the pass stands, as a small dict: O(1), and nothing is drawn for it."},
            {"load_state_dict", slots.load_state_dict, METH_O,
             "Goes on from where another pass stood; ValueError, and nothing has changed, where "
             "the state does not fit."},
            {nullptr, nullptr, 0, nullptr},
        }},
        attributes{{
            {"_source", slots.source, nullptr, "What the streams come from.", nullptr},
            {"_position", slots.position, nullptr,
             "Indices handed out since the streams were asked for.", nullptr},
            {nullptr, nullptr, nullptr, nullptr, nullptr},
        }} {}

  std::array<PyMethodDef, 3> methods;
  std::array<PyGetSetDef, 3> attributes;
};

// Makes the type, garbage-collected and its own iterator, and puts it into the module.
inline void add_iterator_type(py::module_& m, const IteratorSlots& slots, IteratorTables& tables) {
  std::array<PyType_Slot, 10> table = {{
      {Py_tp_doc, const_cast<char*>(slots.doc)},
      {Py_tp_new, reinterpret_cast<void*>(slots.create)},
      {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
      {Py_tp_iternext, reinterpret_cast<void*>(slots.next)},
      {Py_tp_traverse, reinterpret_cast<void*>(slots.traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(slots.clear)},
      {Py_tp_dealloc, reinterpret_cast<void*>(slots.dealloc)},
      {Py_tp_methods, tables.methods.data()},
      {Py_tp_getset, tables.attributes.data()},
      {0, nullptr},
  }};
  PyType_Spec spec = {slots.name, static_cast<int>(slots.size), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, table.data()};
  auto type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
  if (!type) throw py::error_already_set();
  m.add_object(std::strrchr(slots.name, '.') + 1, type);
}

}  // namespace fastsamplers::python
