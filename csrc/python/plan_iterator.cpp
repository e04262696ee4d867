// PlanIterator: the Python type of one rank's pass over a plan of batches, as lists of ints, or of
// lists of ints where batches are made of bins, or as int64 arrays.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "batch_room.hpp"
#include "fastsamplers/batch/rank_batches.hpp"
#include "index_list.hpp"
#include "iterator_state.hpp"
#include "iterator_type.hpp"
#include "pass.hpp"

namespace fastsamplers::python {
namespace {

using batch::RankBatches;

struct PlanPass {
  py::object source;   // what the batches come from, and what knows the state
  py::object pending;  // an iterator over RankBatches: asked at the first batch, and at the end
  std::shared_ptr<RankBatches> batches;
  bool arrays = false;
  bool running = false;
  bool exhausted = false;
  u64 handed_out = 0;
  std::vector<i64> indices;
  std::vector<u64> bins;
};

struct PlanIterator {
  PyObject_HEAD PlanPass* state;
};

PlanPass& state_of(PyObject* self) { return *reinterpret_cast<PlanIterator*>(self)->state; }

PyObject* create(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* keywords[] = {"source", "arrays", nullptr};
  PyObject* source = nullptr;
  int arrays = 0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|p:PlanIterator", const_cast<char**>(keywords),
                                   &source, &arrays)) {
    return nullptr;
  }
  return guarded([&]() -> PyObject* {
    auto state = std::make_unique<PlanPass>();
    state->source = py::reinterpret_borrow<py::object>(source);
    state->pending = py::iter(state->source);
    state->arrays = arrays != 0;
    PyObject* const self = type->tp_alloc(type, 0);
    if (self != nullptr) reinterpret_cast<PlanIterator*>(self)->state = state.release();
    return self;
  });
}

void finish(PlanPass& it) {
  it.batches.reset();
  Py_XDECREF(it.pending.release().ptr());
}

// The next batches of the source; false when there are none.
bool open(PlanPass& it) {
  if (!it.pending) return false;
  const py::object next = py::reinterpret_steal<py::object>(PyIter_Next(it.pending.ptr()));
  if (!next) {
    if (PyErr_Occurred()) throw py::error_already_set();
    it.exhausted = true;
    finish(it);
    return false;
  }
  it.batches = py::cast<std::shared_ptr<RankBatches>>(next);
  return true;
}

// A list of ints of its own for each bin, with memory for its head and its place.
constexpr u64 kBytesOfBin = 88;

py::list bins_of(PlanPass& it) {
  it.batches->read_bins(it.bins);
  const u64 count = it.indices.size();
  require_room_of(count, kBytesInList * count + kBytesOfBin * it.bins.size());
  const i64* first = it.indices.data();
  std::size_t made = 0;
  return filled_list(it.bins.size(), [&](std::size_t bin) {
    const auto size = static_cast<std::size_t>(it.bins[bin]);
    const i64* const indices = std::exchange(first, first + size);
    made += size;
    if (made >= kObjectsBetweenSignals) {
      made = 0;
      answer_signals();
    }
    return index_list(indices, size).release().ptr();
  });
}

py::object batch_of(PlanPass& it) {
  const std::size_t count = it.indices.size();
  if (it.arrays) {
    py::array_t<i64> batch(static_cast<py::ssize_t>(count));
    std::copy(it.indices.begin(), it.indices.end(), batch.mutable_data());
    return batch;
  }
  if (it.batches->has_bins()) return bins_of(it);
  return index_list(it.indices.data(), count);
}

// Reads the indices of the next batch; MemoryLimitError, and nothing is read, where the batch will
// not fit. Of bins it is known later what their lists take.
void read(PlanPass& it) {
  const u64 count = it.batches->next_size();
  u64 bytes = it.indices.capacity() < count ? sizeof(i64) * count : 0;
  if (it.arrays) {
    bytes += sizeof(i64) * count;
  } else {
    bytes += (it.batches->has_bins() ? 2 * sizeof(u64) : kBytesInList) * count;
  }
  require_room_of(count, bytes);
  // No copy of what was read before, and no more room than that.
  if (it.indices.capacity() < count) std::vector<i64>().swap(it.indices);
  it.batches->next(it.indices);
}

PyObject* next_batch(PlanPass& it) {
  while (!it.batches || it.batches->position() == it.batches->length()) {
    if (!open(it)) return nullptr;
  }
  const u64 place = it.batches->position();
  try {
    const u64 count = it.batches->next_size();
    const u64 bytes = count * (it.arrays ? sizeof(i64) : kBytesInList);
    py::object batch = with_room(count, bytes, [&] {
      read(it);
      return batch_of(it);
    });
    ++it.handed_out;
    return batch.release().ptr();
  } catch (const std::bad_alloc&) {  // the batch waits for more memory
    it.batches->seek(place);
    throw;
  } catch (const Interrupted&) {
    it.batches->seek(place);
    throw;
  }
}

PyObject* next(PyObject* self) {
  return guarded([&]() -> PyObject* {
    PlanPass& it = state_of(self);
    const Running running(it.running);
    try {
      return next_batch(it);
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception&) {
      finish(it);  // as an error ends a generator
      throw;
    }
  });
}

PyObject* state_dict(PyObject* self, PyObject* /*none*/) {
  return guarded([&]() -> PyObject* {
    // Not refused while it runs: a signal handler may save a checkpoint in between.
    const PlanPass& it = state_of(self);
    return state_of_source(it.source.ptr(), it.handed_out, it.exhausted).release().ptr();
  });
}

PyObject* load_state_dict(PyObject* self, PyObject* state) {
  return guarded([&]() -> PyObject* {
    PlanPass& it = state_of(self);
    const Running running(it.running);
    py::object pending = streams_of_state(it.source.ptr(), state);
    finish(it);
    it.pending = std::move(pending);
    it.exhausted = false;
    it.handed_out = 0;
    return Py_NewRef(Py_None);
  });
}

PyObject* get_source(PyObject* self, void* /*unused*/) {
  return Py_NewRef(state_of(self).source.ptr());
}

PyObject* get_position(PyObject* self, void* /*unused*/) {
  return PyLong_FromUnsignedLongLong(state_of(self).handed_out);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (reinterpret_cast<PlanIterator*>(self)->state == nullptr) return 0;
  const PlanPass& it = state_of(self);
  Py_VISIT(it.source.ptr());
  Py_VISIT(it.pending.ptr());
  return 0;
}

int clear(PyObject* self) {
  if (reinterpret_cast<PlanIterator*>(self)->state == nullptr) return 0;
  PlanPass& it = state_of(self);
  finish(it);
  Py_XDECREF(it.source.release().ptr());
  return 0;
}

void dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  delete reinterpret_cast<PlanIterator*>(self)->state;
  type->tp_free(self);
  Py_DECREF(type);
}

}  // namespace

void add_plan_iterator(py::module_& m) {
  const IteratorSlots slots = {
      "fastsamplers._core.PlanIterator",
      "One rank's pass over a plan of batches.",
      sizeof(PlanIterator),
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
