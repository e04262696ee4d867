#include "batch_pass.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "batch_room.hpp"
#include "fastsamplers/batch/slicing.hpp"
#include "index_list.hpp"

namespace fastsamplers::python {
namespace {

// Indices read at a time where reading ahead goes unnoticed: 128 KB, within a second-level cache.
constexpr std::size_t kMostIndices = 16384;
// Room that a batch is given before it is known whether the pass fills it; more as it does.
constexpr std::size_t kFirstRoom = std::size_t{1} << 20;

// torch hands batch_size to itertools.islice for each batch: the same values are refused, in the
// same words, and None means all the rest.
std::size_t present_batch_size(const BatchPass& it) {
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

std::size_t room_of(const BatchPass& it) { return static_cast<std::size_t>(it.chunk.size()); }

py::array_t<i64> new_indices(std::size_t count) {
  require_room(count, sizeof(i64));
  return with_room(count, sizeof(i64) * count,
                   [&] { return py::array_t<i64>(static_cast<py::ssize_t>(count)); });
}

// How many indices a batch beyond kFirstRoom will have, as far as that is known.
std::size_t expected(const BatchPass& it) {
  static PyObject* const name = PyUnicode_InternFromString("expected_length");
  if (!py::hasattr(it.source, name)) return 0;
  const auto length = py::cast<u64>(it.source.attr(name)());
  const u64 rest = length - std::min(length, it.pass.read_count());
  return static_cast<std::size_t>(std::min<u64>(it.batch_size, rest));
}

// A chunk with room for `room` indices; those from `first` to it.filled move to its front.
void renew_chunk(BatchPass& it, std::size_t room, std::size_t first) {
  const std::size_t kept = it.filled - first;
  py::array_t<i64> chunk = new_indices(room);
  std::copy_n(it.chunk.data() + first, kept, chunk.mutable_data());
  it.chunk = std::move(chunk);
  it.filled = kept;
  it.handed_out = false;
}

// Makes room for the next batches; the indices that no batch has taken yet move to the front.
void make_room(BatchPass& it) {
  // Room for more batches only if the last room was of use: a stream that must not be read ahead
  // never fills it.
  if (it.batches == 0 || it.filled == room_of(it)) {
    it.batches = batch::batches_ahead(it.batches, it.batch_size, kMostIndices);
  }
  const std::size_t kept = it.filled - it.position;
  std::size_t room = kFirstRoom;
  if (kFirstRoom / it.batches >= it.batch_size) {
    room = it.batches * it.batch_size;
  } else if (it.batch_size > kFirstRoom) {
    // All of the batch, so that what cannot fit is refused before anything is drawn for it.
    room = std::max(room, expected(it));
    if (it.lists) require_room(room, sizeof(i64) + kBytesInList);
  }
  room = std::max(room, kept);
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
void refill(BatchPass& it) {
  make_room(it);
  for (std::size_t needed = 0; needed < it.batch_size && !it.ended;) {
    if (it.filled == room_of(it)) renew_chunk(it, std::min(2 * it.filled, it.batch_size), 0);
    needed = std::min(it.batch_size, room_of(it));
    it.pass.read({it.chunk.mutable_data(), room_of(it)}, needed, it.filled);
    it.ended = it.filled < needed;
  }
}

// Indices from the present position on that belong to batches which can be handed out.
std::size_t batched(const BatchPass& it) {
  return batch::batched(it.filled - it.position, it.batch_size, it.ended, it.drop_last);
}

// What the sampler's container gives. Its code may run anything, so the list, which the garbage
// collector shows to everybody, is made when all items are there.
py::list subset_batch(const BatchPass& it, std::size_t count) {
  const std::vector<i64> indices(it.chunk.data() + it.position,
                                 it.chunk.data() + it.position + count);
  std::vector<py::object> items;
  items.reserve(count);
  for (const i64 index : indices) {
    if (items.size() % kObjectsBetweenSignals == kObjectsBetweenSignals - 1) answer_signals();
    items.push_back(py::reinterpret_steal<py::object>(item_of_subset(it.subset.ptr(), index)));
  }
  return filled_list(count, [&](std::size_t k) { return items[k].release().ptr(); });
}

py::list list_batch(const BatchPass& it, std::size_t count) {
  require_room(count, kBytesInList);
  if (it.subset) return subset_batch(it, count);
  return with_room(count, kBytesInList * count,
                   [&] { return index_list(it.chunk.data() + it.position, count); });
}

py::object array_batch(BatchPass& it, std::size_t count) {
  py::array_t<i64> batch;
  if (it.position == 0 && count == room_of(it)) {
    it.handed_out = true;
    batch = it.chunk;
  } else {
    batch = new_indices(count);
    std::copy_n(it.chunk.data() + it.position, count, batch.mutable_data());
  }
  return it.output ? it.output(std::move(batch)) : py::object(std::move(batch));
}

PyObject* make_batch(BatchPass& it) {
  if (it.finished) return nullptr;
  if (it.resized) it.batch_size = present_batch_size(it);  // also where none is left, as torch does
  if (it.ended && it.position == it.filled) {
    finish(it);
    return nullptr;
  }
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

}  // namespace

void finish(BatchPass& it) {
  it.ended = true;
  it.finished = true;
  it.pass.unread(it.filled - it.position);
  it.position = it.filled;
  it.pass.close();
}

// The plan is an iterator that is foreign, or
// (source, subset or None, batch_size, batch sampler or None, drop_last, output).
void start(BatchPass& it) {
  // Held until it is over: a state that is asked for meanwhile, or after a failure, is of no batch.
  const py::object make = it.start;
  const py::object plan = make();
  it.start = py::object();
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

PyObject* next_batch(BatchPass& it) {
  const Running running(it.running);
  if (it.is_refused) return nullptr;
  if (it.start) {
    it.is_refused = true;  // as an error ends a generator
    start(it);
    it.is_refused = false;
  }
  if (it.foreign) return PyIter_Next(it.foreign.ptr());
  try {
    return make_batch(it);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::bad_alloc&) {
    // What has been read waits for more memory, unless it was the streams that had too little.
    if (!it.pass.is_open() && !it.pass.is_exhausted()) finish(it);
    throw;
  } catch (const std::exception&) {
    finish(it);  // as an error ends a generator
    throw;
  }
}

u64 handed_out(const BatchPass& it) { return it.pass.read_count() - (it.filled - it.position); }

bool has_ended(const BatchPass& it) { return it.pass.is_exhausted() && it.position == it.filled; }

void reopen(BatchPass& it, py::object streams) {
  it.pass.open(streams.release().ptr());
  it.ended = false;
  it.finished = false;
  it.is_refused = false;
  it.batches = 0;
  it.position = 0;
  it.filled = 0;
}

}  // namespace fastsamplers::python
