// Memory of what is handed out, asked for before it is taken.
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <string>

#include "fastsamplers/base/memory.hpp"
#include "signals.hpp"

namespace fastsamplers::python {

// Below this many indices a batch is not worth the question.
inline constexpr std::size_t kUnaskedIndices = 16384;
// An int and its place in a list.
inline constexpr std::size_t kBytesInList = 40;

// MemoryLimitError when a batch of `count` indices cannot have `bytes` more.
inline void require_room_of(u64 count, u64 bytes) {
  if (count <= kUnaskedIndices) return;
  require_memory(bytes, "a batch of " + std::to_string(count) + " indices",
                 "smaller batches or blocks need less");
}

// The same for so many bytes an index; a product beyond u64 is refused, too.
inline void require_room(std::size_t count, std::size_t bytes_per_index) {
  constexpr u64 kMost = std::numeric_limits<u64>::max();
  require_room_of(count, count > kMost / bytes_per_index ? kMost : u64{count} * bytes_per_index);
}

// Runs `make`, which takes about `bytes` and in which no code of the user's runs; where memory runs
// short after all, for what is too small to be asked for or was taken in the meantime,
// MemoryLimitError.
template <class Make>
auto with_room(u64 count, u64 bytes, const Make& make) {
  try {
    return make();
  } catch (const Interrupted&) {
    throw;
  } catch (const MemoryLimitError&) {
    throw;
  } catch (const std::bad_alloc&) {
    PyErr_Clear();
  } catch (const py::error_already_set& error) {
    if (!error.matches(PyExc_MemoryError)) throw;
  }
  throw MemoryLimitError("a batch of " + std::to_string(count) + " indices needs " +
                         std::to_string(bytes) +
                         " bytes, which the system has not given; smaller batches need less");
}

}  // namespace fastsamplers::python
