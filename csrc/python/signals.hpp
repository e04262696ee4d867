// Answering signals in the middle of long work, so that Ctrl-C does not wait for its end.
#pragma once

#include "bindings.hpp"

namespace fastsamplers::python {

// What a signal handler raised between two parts of long work: the iterator may be asked again.
class Interrupted : public py::error_already_set {};

inline void answer_signals() {
  if (PyErr_CheckSignals() != 0) throw Interrupted();
}

// Python objects made between two looks for signals: 5 ms, or 0.1 s where memory is slow.
inline constexpr std::size_t kObjectsBetweenSignals = std::size_t{1} << 18;

}  // namespace fastsamplers::python
