// One pass in batches: as lists of Python ints, as int64 arrays, or as whatever a callable makes of
// an array.
//
// Indices are read for many batches at a time. Lists are made straight from them; an array is a
// copy that has its memory to itself, so that keeping a batch keeps nothing else, and changing one
// changes no other. Only a chunk that is one batch is handed out as it is.
#pragma once

#include "bindings.hpp"
#include "pass.hpp"

namespace fastsamplers::python {

struct BatchPass {
  py::object start;    // until the first batch: what makes the plan
  py::object foreign;  // an iterator that makes the batches itself
  Pass pass;
  py::object source;   // iterable of the streams; may say its .expected_length()
  py::object subset;   // null, or the sampler whose .indices hold what is in the lists
  py::object resized;  // null, or the batch sampler whose .batch_size is read for each batch
  py::object output;   // null, or a callable that makes a batch of an int64 array
  std::size_t batch_size = 0;
  bool drop_last = false;
  bool lists = true;
  bool running = false;
  bool ended = true;        // until there is a plan, and when the pass has no more indices
  bool finished = false;    // hands out nothing more
  bool is_refused = false;  // so does a pass whose plan was refused at the first batch

  py::array_t<i64> chunk;    // the indices of the next batches
  std::size_t batches = 0;   // how many the chunk was meant for
  std::size_t position = 0;  // of the next batch in the chunk
  std::size_t filled = 0;    // where the indices in the chunk end
  bool handed_out = false;   // the chunk belongs to the consumer
};

// Asks for the plan; at the first batch, or when something else has to be known of the pass.
void start(BatchPass& it);
// A new reference to the next batch, or null at the end, or with an error set.
PyObject* next_batch(BatchPass& it);
// Indices in the batches that have been handed out.
u64 handed_out(const BatchPass& it);
// Whether the pass has noticed that there are no more.
bool has_ended(const BatchPass& it);
// Begins again with other streams.
void reopen(BatchPass& it, py::object streams);
// Hands out nothing more.
void finish(BatchPass& it);

}  // namespace fastsamplers::python
