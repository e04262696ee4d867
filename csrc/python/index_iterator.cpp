// IndexIterator: the indices of a pass one by one, as exact Python ints.
//
// A type of its own and not a pybind11 class, because its step must cost no more than making the
// int: about 20 ns, where a pybind11 call alone takes 50.

#include <array>

#include "iterator_state.hpp"
#include "iterator_type.hpp"
#include "pass.hpp"

namespace fastsamplers::python {
namespace {

// Indices read at a time at the most; a pass reads fewer at first.
constexpr std::size_t kChunk = 4096;

struct IndexIterator {
  PyObject_HEAD Pass pass;
  PyObject* source;  // what the streams come from
  PyObject* subset;  // null, or the sampler whose .indices hold what is yielded
  bool running;
  std::size_t position;
  std::size_t filled;
  std::array<i64, kChunk> indices;
};

IndexIterator* as_iterator(PyObject* self) { return reinterpret_cast<IndexIterator*>(self); }

PyObject* create(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* keywords[] = {"source", "subset", nullptr};
  PyObject* streams = nullptr;
  PyObject* subset = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:IndexIterator", const_cast<char**>(keywords),
                                   &streams, &subset)) {
    return nullptr;
  }
  PyObject* const iterator = PyObject_GetIter(streams);
  if (iterator == nullptr) return nullptr;
  PyObject* const self = type->tp_alloc(type, 0);
  if (self == nullptr) {
    Py_DECREF(iterator);
    return nullptr;
  }
  IndexIterator* const it = as_iterator(self);
  new (&it->pass) Pass();
  it->pass.open(iterator);
  it->source = Py_NewRef(streams);
  it->subset = subset == Py_None ? nullptr : Py_NewRef(subset);
  return self;
}

// Reads the next chunk; false at the end of the pass.
bool refill(IndexIterator* it) {
  const Running running(it->running);
  it->position = 0;
  it->filled = 0;
  it->pass.read(it->indices, 1, it->filled);
  return it->filled > 0;
}

PyObject* next_of_subset(IndexIterator* it) {
  const Running running(it->running);  // an item may be any object's __getitem__
  try {
    PyObject* const item = item_of_subset(it->subset, it->indices[it->position]);
    ++it->position;  // not before: what asks for the state meanwhile has not been given the item
    return item;
  } catch (const std::exception&) {
    it->pass.unread(it->filled - it->position);
    it->position = it->filled;
    it->pass.close();
    throw;
  }
}

PyObject* next(PyObject* self) {
  IndexIterator* const it = as_iterator(self);
  if (it->position < it->filled && it->subset == nullptr) {
    return PyLong_FromLongLong(it->indices[it->position++]);
  }
  return guarded([&]() -> PyObject* {
    if (it->position == it->filled && !refill(it)) return nullptr;
    if (it->subset != nullptr) return next_of_subset(it);
    return PyLong_FromLongLong(it->indices[it->position++]);
  });
}

u64 handed_out(const IndexIterator* it) {
  return it->pass.read_count() - (it->filled - it->position);
}

PyObject* state_dict(PyObject* self, PyObject* /*none*/) {
  IndexIterator* const it = as_iterator(self);
  // Not refused while it runs: a signal handler that saves a checkpoint may come in between, and
  // what has been handed out is known at each of those moments.
  return guarded([&]() -> PyObject* {
    return state_of_source(it->source, handed_out(it), it->pass.is_exhausted()).release().ptr();
  });
}

PyObject* load_state_dict(PyObject* self, PyObject* state) {
  IndexIterator* const it = as_iterator(self);
  return guarded([&]() -> PyObject* {
    const Running running(it->running);
    it->pass.open(streams_of_state(it->source, state).release().ptr());
    it->position = 0;
    it->filled = 0;
    return Py_NewRef(Py_None);
  });
}

PyObject* get_source(PyObject* self, void* /*unused*/) {
  PyObject* const source = as_iterator(self)->source;
  return Py_NewRef(source == nullptr ? Py_None : source);
}

PyObject* get_position(PyObject* self, void* /*unused*/) {
  return PyLong_FromUnsignedLongLong(handed_out(as_iterator(self)));
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(as_iterator(self)->source);
  Py_VISIT(as_iterator(self)->subset);
  return as_iterator(self)->pass.traverse(visit, arg);
}

int clear(PyObject* self) {
  Py_CLEAR(as_iterator(self)->source);
  Py_CLEAR(as_iterator(self)->subset);
  as_iterator(self)->pass.close();
  return 0;
}

void dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  as_iterator(self)->pass.~Pass();
  type->tp_free(self);
  Py_DECREF(type);
}

}  // namespace

void add_index_iterator(py::module_& m) {
  const IteratorSlots slots = {
      "fastsamplers._core.IndexIterator",
      "The indices of a pass one by one, as exact Python ints.",
      sizeof(IndexIterator),
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
