// BatchIterator: the batches of a pass, as lists of Python ints, as int64 arrays, or as whatever a
// callable makes of an array.
//
// Indices are read for many batches at a time. Lists are made straight from them; an array is a
// copy that has its memory to itself, so that keeping a batch keeps nothing else, and changing one
// changes no other. Only a chunk that is one batch is handed out as it is.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "fastsamplers/batch/slicing.hpp"
#include "iterator_state.hpp"
#include "iterator_type.hpp"
#include "pass.hpp"

namespace fastsamplers::python {
namespace {

// Indices read at a time where reading ahead goes unnoticed: 128 KB, within a second-level cache.
constexpr std::size_t kMostIndices = 16384;
// Room that a batch is given before it is known whether the pass fills it; more as it does.
constexpr std::size_t kFirstRoom = std::size_t{1} << 20;

struct State {
  py::object start;    // until the first batch: what makes the plan
  py::object foreign;  // an iterator that makes the batches itself
  Pass pass;
  py::object source;   // what the streams come from
  py::object subset;   // null, or the sampler whose .indices hold what is in the lists
  py::object resized;  // null, or the batch sampler whose .batch_size is read for each batch
  py::object output;   // null, or a callable that makes a batch of an int64 array
  std::size_t batch_size = 0;
  bool drop_last = false;
  bool lists = true;
  bool running = false;
  bool ended = true;  // until there is a plan, and when the pass has no more indices

  py::array_t<i64> chunk;    // the indices of the next batches
  std::size_t batches = 0;   // how many the chunk was meant for
  std::size_t position = 0;  // of the next batch in the chunk
  std::size_t filled = 0;    // where the indices in the chunk end
  bool handed_out = false;   // the chunk belongs to the consumer
};

struct BatchIterator {
  PyObject_HEAD State* state;
};

State& state_of(PyObject* self) { return *reinterpret_cast<BatchIterator*>(self)->state; }

void finish(State& it) {
  it.ended = true;
  it.pass.unread(it.filled - it.position);
  it.position = it.filled;
  it.pass.close();
}

// The plan is an iterator that is foreign, or
// (source, subset or None, batch_size, batch sampler or None, drop_last, output).
void start(State& it) {
  const py::object make = std::exchange(it.start, py::object());
  const py::object plan = make();
  if (!py::isinstance<py::tuple>(plan)) {
    it.foreign = plan;
    return;
  }
  const auto [source, subset, batch_size, resized, drop_last, output] =
      py::cast<std::tuple<py::object, py::object, std::size_t, py::object, bool, py::object>>(plan);
  it.batch_size = batch_size;
  it.drop_last = drop_last;
  it.lists = py::isinstance<py::str>(output) && py::cast<std::string>(output) == "list";
  if (!py::isinstance<py::str>(output)) it.output = output;
  if (!subset.is_none()) it.subset = subset;
  if (!resized.is_none()) it.resized = resized;
  it.source = source;
  it.pass.open(py::iter(source).release().ptr());
  it.ended = false;
}

// torch hands batch_size to itertools.islice for each batch: the same values are refused, in the
// same words, and None means all the rest.
std::size_t present_batch_size(const State& it) {
  static PyObject* const name = PyUnicode_InternFromString("batch_size");
  const auto size = py::reinterpret_steal<py::object>(PyObject_GetAttr(it.resized.ptr(), name));
  if (!size) throw py::error_already_set();
  if (size.is_none()) return static_cast<std::size_t>(PY_SSIZE_T_MAX);
  const Py_ssize_t value = PyNumber_AsSsize_t(size.ptr(), PyExc_OverflowError);
  if (value < 0) {
    PyErr_Clear();
    throw py::value_error(
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.");
  }
  return static_cast<std::size_t>(value);
}

std::size_t room_of(const State& it) { return static_cast<std::size_t>(it.chunk.size()); }

// A chunk with room for `room` indices; those from `first` to it.filled move to its front.
void renew_chunk(State& it, std::size_t room, std::size_t first) {
  const std::size_t kept = it.filled - first;
  py::array_t<i64> chunk(static_cast<py::ssize_t>(room));
  std::copy_n(it.chunk.data() + first, kept, chunk.mutable_data());
  it.chunk = std::move(chunk);
  it.filled = kept;
  it.handed_out = false;
}

// Makes room for the next batches; the indices that no batch has taken yet move to the front.
void make_room(State& it) {
  // Room for more batches only if the last room was of use: a stream that must not be read ahead
  // never fills it.
  if (it.batches == 0 || it.filled == room_of(it)) {
    it.batches = batch::batches_ahead(it.batches, it.batch_size, kMostIndices);
  }
  const std::size_t kept = it.filled - it.position;
  const std::size_t most =
      kFirstRoom / it.batches >= it.batch_size ? it.batches * it.batch_size : kFirstRoom;
  const std::size_t room = std::max(kept, most);
  if (!it.handed_out && room_of(it) >= room) {
    i64* const indices = it.chunk.mutable_data();
    std::copy_n(indices + it.position, kept, indices);
    it.filled = kept;
  } else {
    renew_chunk(it, room, it.position);
  }
  it.position = 0;
}

// Reads on until there is a whole batch or the pass ends.
void refill(State& it) {
  make_room(it);
  for (std::size_t needed = 0; needed < it.batch_size && !it.ended;) {
    if (it.filled == room_of(it)) renew_chunk(it, std::min(2 * it.filled, it.batch_size), 0);
    needed = std::min(it.batch_size, room_of(it));
    it.pass.read({it.chunk.mutable_data(), room_of(it)}, needed, it.filled);
    it.ended = it.filled < needed;
  }
}

// Indices from the present position on that belong to batches which can be handed out.
std::size_t batched(const State& it) {
  return batch::batched(it.filled - it.position, it.batch_size, it.ended, it.drop_last);
}

// What the sampler's container gives. Its code may run anything, so the list, which the garbage
// collector shows to everybody, is made when all items are there.
py::list subset_batch(const State& it, std::size_t count) {
  const std::vector<i64> indices(it.chunk.data() + it.position,
                                 it.chunk.data() + it.position + count);
  std::vector<py::object> items;
  items.reserve(count);
  for (const i64 index : indices) {
    items.push_back(py::reinterpret_steal<py::object>(item_of_subset(it.subset.ptr(), index)));
  }
  py::list batch(count);
  for (std::size_t k = 0; k < count; ++k) {
    PyList_SET_ITEM(batch.ptr(), static_cast<py::ssize_t>(k), items[k].release().ptr());
  }
  return batch;
}

py::list list_batch(const State& it, std::size_t count) {
  if (it.subset) return subset_batch(it, count);
  const i64* const indices = it.chunk.data() + it.position;
  py::list batch(count);
  for (std::size_t k = 0; k < count; ++k) {
    PyObject* const item = PyLong_FromLongLong(indices[k]);
    if (item == nullptr) throw py::error_already_set();
    PyList_SET_ITEM(batch.ptr(), static_cast<py::ssize_t>(k), item);
  }
  return batch;
}

py::object array_batch(State& it, std::size_t count) {
  py::array_t<i64> batch;
  if (it.position == 0 && count == room_of(it)) {
    it.handed_out = true;
    batch = it.chunk;
  } else {
    batch = py::array_t<i64>(static_cast<py::ssize_t>(count));
    std::copy_n(it.chunk.data() + it.position, count, batch.mutable_data());
  }
  return it.output ? it.output(std::move(batch)) : py::object(std::move(batch));
}

PyObject* make_batch(State& it) {
  if (it.ended && it.position == it.filled) return nullptr;
  if (it.resized) it.batch_size = present_batch_size(it);
  if (it.batch_size == 0) {
    finish(it);
    return nullptr;
  }
  if (it.filled - it.position < it.batch_size && !it.ended) refill(it);
  const std::size_t count = std::min(it.batch_size, batched(it));
  if (count == 0) {
    finish(it);  // what does not fill the last batch
    return nullptr;
  }
  py::object batch = it.lists ? py::object(list_batch(it, count)) : array_batch(it, count);
  it.position += count;
  return batch.release().ptr();
}

PyObject* next_batch(State& it) {
  const Running running(it.running);
  if (it.start) start(it);
  if (it.foreign) return PyIter_Next(it.foreign.ptr());
  try {
    return make_batch(it);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception&) {
    finish(it);  // as an error ends a generator
    throw;
  }
}

PyObject* create(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* keywords[] = {"start", nullptr};
  PyObject* start = nullptr;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:BatchIterator", const_cast<char**>(keywords),
                                   &start)) {
    return nullptr;
  }
  return guarded([&]() -> PyObject* {
    auto state = std::make_unique<State>();
    state->start = py::reinterpret_borrow<py::object>(start);
    PyObject* const self = type->tp_alloc(type, 0);
    if (self != nullptr) reinterpret_cast<BatchIterator*>(self)->state = state.release();
    return self;
  });
}

PyObject* next(PyObject* self) {
  return guarded([&] { return next_batch(state_of(self)); });
}

u64 handed_out(const State& it) { return it.pass.read_count() - (it.filled - it.position); }

void require_source(const State& it) {
  if (!it.source) throw py::value_error("a pass that failed before its first batch has no state");
}

PyObject* state_dict(PyObject* self, PyObject* /*none*/) {
  return guarded([&]() -> PyObject* {
    State& it = state_of(self);
    // Not refused while it runs: a signal handler that saves a checkpoint may come in between, and
    // what has been handed out is known at each of those moments.
    if (it.start) {
      const Running running(it.running);
      start(it);
    }
    if (it.foreign) return it.foreign.attr("state_dict")().release().ptr();
    require_source(it);
    const bool has_ended = it.pass.is_exhausted() && it.position == it.filled;
    return state_of_source(it.source.ptr(), handed_out(it), has_ended).release().ptr();
  });
}

PyObject* load_state_dict(PyObject* self, PyObject* state) {
  return guarded([&]() -> PyObject* {
    State& it = state_of(self);
    const Running running(it.running);
    if (it.start) start(it);
    if (it.foreign) return it.foreign.attr("load_state_dict")(py::handle(state)).release().ptr();
    require_source(it);
    it.pass.open(streams_of_state(it.source.ptr(), state).release().ptr());
    it.ended = false;
    it.batches = 0;
    it.position = 0;
    it.filled = 0;
    return Py_NewRef(Py_None);
  });
}

// Asks for the plan, as the first batch would.
PyObject* get_source(PyObject* self, void* /*unused*/) {
  return guarded([&]() -> PyObject* {
    State& it = state_of(self);
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
  State& it = state_of(self);
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
  State& it = state_of(self);
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
  static std::array<PyMethodDef, 3> methods = {{
      {"state_dict", state_dict, METH_NOARGS, kStateDictDoc},
      {"load_state_dict", load_state_dict, METH_O, kLoadStateDictDoc},
      {nullptr, nullptr, 0, nullptr},
  }};
  static std::array<PyGetSetDef, 3> attributes = {{
      {"_source", get_source, nullptr, kSourceDoc, nullptr},
      {"_position", get_position, nullptr, kPositionDoc, nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr},
  }};
  add_iterator_type(m, {"fastsamplers._core.BatchIterator",
                        "The batches of a pass, as lists, arrays or what a callable makes.",
                        sizeof(BatchIterator), create, next, traverse, clear, dealloc,
                        methods.data(), attributes.data()});
}

}  // namespace fastsamplers::python
