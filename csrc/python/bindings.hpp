// What the binding files share: one registration function per layer, and the crossing of errors.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <chrono>
#include <new>
#include <stdexcept>
#include <thread>

namespace fastsamplers::python {

namespace py = pybind11;

void bind_isa(py::module_& m);
void bind_machine(py::module_& m);
void bind_rng(py::module_& m);
void bind_order(py::module_& m);
void bind_randperm(py::module_& m);
void bind_shard(py::module_& m);
void add_index_iterator(py::module_& m);
void add_batch_iterator(py::module_& m);

// Runs `body`, plain C++, without the interpreter lock. A thread that finds the interpreter
// shutting down when it wants the lock back sleeps until the process ends: taking it would unwind
// the thread through C++ frames, which ends the process with an abort.
template <class Body>
void without_lock(Body&& body) {
  PyThreadState* const state = PyEval_SaveThread();
  const auto take_back = [state] {
#if PY_VERSION_HEX >= 0x030d0000
    while (Py_IsFinalizing()) std::this_thread::sleep_for(std::chrono::hours(1));
#else
    while (_Py_IsFinalizing()) std::this_thread::sleep_for(std::chrono::hours(1));
#endif
    PyEval_RestoreThread(state);
  };
  try {
    body();
  } catch (...) {
    take_back();
    throw;
  }
  take_back();
}

// Runs `body`, which returns a new reference or null with an error set, and turns what it throws
// into the Python error that pybind11 would make of it. For slots that pybind11 does not wrap.
template <class Body>
PyObject* guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (const std::bad_alloc& error) {
    PyErr_SetString(PyExc_MemoryError, error.what());
  } catch (const std::invalid_argument& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::out_of_range& error) {
    PyErr_SetString(PyExc_IndexError, error.what());
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

}  // namespace fastsamplers::python
