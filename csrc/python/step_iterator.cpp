// StepIterator: the base of iterators that are written in Python.
//
// Between two instructions of Python's a signal handler may raise anything, or ask for a state. No
// such moment lies between the return of a step and what is counted here: an item counts exactly if
// it has been handed out.

#include "bindings.hpp"
#include "pass.hpp"

namespace fastsamplers::python {
namespace {

struct StepIterator {
  PyObject_HEAD bool is_running;
  unsigned long long given;
};

StepIterator& of(PyObject* self) { return *reinterpret_cast<StepIterator*>(self); }

PyObject* next(PyObject* self) {
  static PyObject* const name = PyUnicode_InternFromString("_step");
  return guarded([&] {
    const Running running(of(self).is_running);
    PyObject* const item = PyObject_CallMethodNoArgs(self, name);
    if (item != nullptr) ++of(self).given;
    return item;
  });
}

PyObject* exclusively(PyObject* self, PyObject* const* args, Py_ssize_t count) {
  if (count < 1) {
    PyErr_SetString(PyExc_TypeError, "_exclusively() needs what to call");
    return nullptr;
  }
  return guarded([&] {
    const Running running(of(self).is_running);
    return PyObject_Vectorcall(args[0], args + 1, static_cast<std::size_t>(count - 1), nullptr);
  });
}

PyMethodDef methods[] = {
    {"_exclusively", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(exclusively)),
     METH_FASTCALL, "Calls a function with arguments; ValueError while a step is under way."},
    {nullptr, nullptr, 0, nullptr},
};

PyObject* get_given(PyObject* self, void* /*unused*/) {
  return PyLong_FromUnsignedLongLong(of(self).given);
}

PyGetSetDef attributes[] = {
    {"_given", get_given, nullptr, "Items handed out.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

}  // namespace

void add_step_iterator(py::module_& m) {
  static const char doc[] =
      "Hands out what its _step() returns, for one caller at a time, and counts it.";
  PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>(doc)},
      {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
      {Py_tp_iternext, reinterpret_cast<void*>(next)},
      {Py_tp_methods, methods},
      {Py_tp_getset, attributes},
      {0, nullptr},
  };
  PyType_Spec spec = {"fastsamplers._core.StepIterator", sizeof(StepIterator), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  auto type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
  if (!type) throw py::error_already_set();
  m.add_object("StepIterator", type);
}

}  // namespace fastsamplers::python
