// Memory of what is handed out, asked for before it is taken.
#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include "fastsamplers/base/memory.hpp"

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

}  // namespace fastsamplers::python
