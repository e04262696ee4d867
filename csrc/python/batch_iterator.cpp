// BatchIterator: the Python type of the batches of a pass (batch_pass.hpp).

#include <memory>
#include <optional>

#include "batch_pass.hpp"
#include "iterator_state.hpp"
#include "iterator_type.hpp"

namespace fastsamplers::python {
namespace {

struct BatchIterator {
  PyObject_HEAD BatchPass* state;
};

BatchPass& state_of(PyObject* self) { return *reinterpret_cast<BatchIterator*>(self)->state; }

PyObject* create(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* keywords[] = {"start", nullptr};
  PyObject* start = nullptr;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:BatchIterator", const_cast<char**>(keywords),
                                   &start)) {
    return nullptr;
  }
  return guarded([&]() -> PyObject* {
    auto state = std::make_unique<BatchPass>();
    state->start = py::reinterpret_borrow<py::object>(start);
    PyObject* const self = type->tp_alloc(type, 0);
    if (self != nullptr) reinterpret_cast<BatchIterator*>(self)->state = state.release();
    return self;
  });
}

PyObject* next(PyObject* self) {
  return guarded([&] { return next_batch(state_of(self)); });
}

void require_source(const BatchPass& it) {
  if (!it.source) throw py::value_error("a pass without a plan has no state");
}

// The state of a pass that has not begun. What the plan depends on may still be set before the first
// batch, which asks for it again, unless it is an iterator.
PyObject* state_before(BatchPass& it) {
  std::optional<Running> running;
  // While it is asked for the first batch, by a signal handler or another thread, or after that has
  // failed.
  const bool is_under_way = it.running || it.is_refused;
  if (!it.running) running.emplace(it.running);
  py::object plan = it.start();
  if (PyTuple_Check(plan.ptr()) && PyTuple_GET_SIZE(plan.ptr()) > 0) {
    return state_of_source(PyTuple_GET_ITEM(plan.ptr(), 0), 0, false).release().ptr();
  }
  if (is_under_way) return plan.attr("state_dict")().release().ptr();
  it.start = py::cpp_function([plan] { return plan; });
  return nullptr;
}

PyObject* state_dict(PyObject* self, PyObject* /*none*/) {
  return guarded([&]() -> PyObject* {
    BatchPass& it = state_of(self);
    // Not refused while it runs: a signal handler that saves a checkpoint may come in between, and
    // what has been handed out is known at each of those moments.
    if (it.start) {
      if (PyObject* const state = state_before(it)) return state;
      const Running running(it.running);
      start(it);
    }
    if (it.foreign) return it.foreign.attr("state_dict")().release().ptr();
    require_source(it);
    return state_of_source(it.source.ptr(), handed_out(it), has_ended(it)).release().ptr();
  });
}

PyObject* load_state_dict(PyObject* self, PyObject* state) {
  return guarded([&]() -> PyObject* {
    BatchPass& it = state_of(self);
    const Running running(it.running);
    if (it.start) start(it);
    if (it.foreign) {
      it.foreign.attr("load_state_dict")(py::handle(state));
      it.is_refused = false;
      return Py_NewRef(Py_None);
    }
    require_source(it);
    reopen(it, streams_of_state(it.source.ptr(), state));
    return Py_NewRef(Py_None);
  });
}

// Asks for the plan, as the first batch would.
PyObject* get_source(PyObject* self, void* /*unused*/) {
  return guarded([&]() -> PyObject* {
    BatchPass& it = state_of(self);
    if (it.start) {
      const Running running(it.running);
      start(it);
    }
    const py::object& source = it.foreign ? it.foreign : it.source;
    return Py_NewRef(source ? source.ptr() : Py_None);
  });
}

PyObject* get_position(PyObject* self, void* /*unused*/) {
  return PyLong_FromUnsignedLongLong(handed_out(state_of(self)));
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (reinterpret_cast<BatchIterator*>(self)->state == nullptr) return 0;
  BatchPass& it = state_of(self);
  Py_VISIT(it.start.ptr());
  Py_VISIT(it.foreign.ptr());
  Py_VISIT(it.source.ptr());
  Py_VISIT(it.subset.ptr());
  Py_VISIT(it.resized.ptr());
  Py_VISIT(it.output.ptr());
  return it.pass.traverse(visit, arg);
}

// Not by assignment, which is noexcept: letting go may run Python code, and Python ends a thread
// that runs some while the interpreter shuts down by unwinding it.
void let_go(py::object& object) { Py_XDECREF(object.release().ptr()); }

int clear(PyObject* self) {
  if (reinterpret_cast<BatchIterator*>(self)->state == nullptr) return 0;
  BatchPass& it = state_of(self);
  for (py::object* const held :
       {&it.start, &it.foreign, &it.source, &it.subset, &it.resized, &it.output}) {
    let_go(*held);
  }
  finish(it);
  return 0;
}

void dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  delete reinterpret_cast<BatchIterator*>(self)->state;
  type->tp_free(self);
  Py_DECREF(type);
}

}  // namespace

void add_batch_iterator(py::module_& m) {
  const IteratorSlots slots = {
      "fastsamplers._core.BatchIterator",
      "The batches of a pass, as lists, arrays or what a callable makes.",
      sizeof(BatchIterator),
      create,
      next,
      state_dict,
      load_state_dict,
      get_source,
      get_position,
      traverse,
      clear,
      dealloc,
  };
  static IteratorTables tables(slots);
  add_iterator_type(m, slots, tables);
}

}  // namespace fastsamplers::python
