// Cutting a stream of indices into batches of one size.
//
// Source: torch.utils.data.BatchSampler. With drop_last the rest of a pass that does not fill a
// batch is read, because torch reads it too, and not handed out.
// Work: none beside the reading; a batch is a slice of what was read. Memory: the caller's.
#pragma once

#include <algorithm>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::batch {

// Of `indices` indices read so far, how many from the front belong to batches that can be handed
// out; `ended`: the pass has no more to read.
inline std::size_t batched(std::size_t indices, std::size_t batch_size, bool ended,
                           bool drop_last) {
  return ended && !drop_last ? indices : indices - indices % batch_size;
}

// How many batches to make room for at the next read: one at first, so that the first batch waits
// for no other, then twice as many each time, while they hold at most `most_indices`.
inline std::size_t batches_ahead(std::size_t last, std::size_t batch_size,
                                 std::size_t most_indices) {
  if (last == 0) return 1;
  return std::max<std::size_t>(1, std::min(2 * last, most_indices / batch_size));
}

}  // namespace fastsamplers::batch
