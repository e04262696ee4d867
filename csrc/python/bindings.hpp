// What the binding files share: one registration function per layer, and the crossing of errors.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::python {

namespace py = pybind11;

void bind_isa(py::module_& m);
void bind_machine(py::module_& m);
void bind_rng(py::module_& m);
void bind_order(py::module_& m);
void bind_randperm(py::module_& m);
void bind_index_shuffle(py::module_& m);
void bind_shard(py::module_& m);
void bind_weighted(py::module_& m);
void bind_lengths(py::module_& m);
void bind_batch(py::module_& m);
void add_index_iterator(py::module_& m);
void add_batch_iterator(py::module_& m);
void add_plan_iterator(py::module_& m);
void add_step_iterator(py::module_& m);

// For a thread that finds the interpreter shutting down: it sleeps until the process ends.
[[noreturn]] inline void sleep_until_the_end() {
  while (true) std::this_thread::sleep_for(std::chrono::hours(1));
}

// Runs `body`, plain C++, without the interpreter lock. A thread that finds the interpreter
// shutting down when it wants the lock back gets no further: taking it would unwind the thread
// through C++ frames, which ends the process with an abort.
template <class Body>
void without_lock(Body&& body) {
  PyThreadState* const state = PyEval_SaveThread();
  const auto take_back = [state] {
#if defined(__GLIBCXX__)
    // Where Python (up to 3.13) finds the interpreter shutting down, it unwinds the thread. That is
    // no C++ object: a reference to it, as of abi::__forced_unwind, would be bound to null.
    try {
      PyEval_RestoreThread(state);
    } catch (...) {
      sleep_until_the_end();
    }
#else
    PyEval_RestoreThread(state);
#endif
  };
  try {
    body();
  } catch (...) {
    take_back();
    throw;
  }
  take_back();
}

// Steps between two looks for signals: about 0.1 s where memory is slow.
inline constexpr u64 kStepsBetweenSignals = u64{1} << 22;

// Does `work`, which is done in parts by advance(steps), without the interpreter lock, and answers
// signals between the parts.
template <class Work>
void run_interruptibly(Work& work) {
  for (bool complete = false; !complete;) {
    without_lock([&] { complete = work.advance(kStepsBetweenSignals); });
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
}

// Keeps the array alive for as long as it is used, and lets go of it under the lock.
inline std::shared_ptr<py::array> keep_alive(const py::array& values) {
  return {new py::array(values), [](py::array* kept) {
            py::gil_scoped_acquire acquire;
            delete kept;
          }};
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
#if defined(__GLIBCXX__)
  } catch (...) {
    // Python code that `body` ran wanted the lock back while the interpreter was shutting down, and
    // Python ends such a thread (up to 3.13), by what is no C++ exception.
    if (std::current_exception() != nullptr) std::terminate();
    sleep_until_the_end();
#endif
  }
  return nullptr;
}

}  // namespace fastsamplers::python
