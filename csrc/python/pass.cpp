#include "pass.hpp"

#include "callback_stream.hpp"
#include "fastsamplers/order/read_ahead.hpp"

namespace fastsamplers::python {
namespace {

// Below this many steps giving up the lock costs more than it gives.
constexpr u64 kReleaseFrom = 2048;
// Steps that may be done ahead of a consumer that has not asked for any index yet.
constexpr u64 kFirstAhead = 64;

void prepare(order::IndexStream& stream) {
  if (stream.prepare(0)) return;
  for (bool ready = false; !ready; answer_signals()) {
    without_lock([&] { ready = stream.prepare(kStepsBetweenSignals); });
  }
}

std::size_t read_stream(order::IndexStream& stream, std::span<i64> out, u64 work_per_index) {
  if (out.size() * work_per_index < kReleaseFrom) return stream.next(out);
  std::size_t count = 0;
  without_lock([&] { count = stream.next(out); });
  return count;
}

}  // namespace

void Pass::open(PyObject* streams) {
  close();
  streams_ = streams;
  work_ = 0;
  read_ = 0;
  is_exhausted_ = false;
}

bool Pass::open_next_stream() {
  if (streams_ == nullptr) return false;
  py::object next = py::reinterpret_steal<py::object>(PyIter_Next(streams_));
  if (!next) {
    if (PyErr_Occurred()) throw py::error_already_set();
    is_exhausted_ = true;
    return false;
  }
  stream_ = py::cast<std::shared_ptr<order::IndexStream>>(next);
  if (!stream_) throw py::type_error("a pass should be made of streams, but got None");
  stream_ = order::read_ahead_if_slow(std::move(stream_));
  return true;
}

std::size_t Pass::room(std::size_t free, std::size_t missing, u64 work_per_index) const {
  // Ahead of the consumer no more than it has already had: one that stops early has paid for at
  // most twice what it took.
  u64 most = missing;
  if (stream_->may_read_ahead()) {
    most = std::max<u64>(most, std::max(kFirstAhead, work_) / work_per_index);
  }
  most = std::min(most, std::max<u64>(1, kStepsBetweenSignals / work_per_index));
  return static_cast<std::size_t>(std::min<u64>(most, free));
}

void Pass::read(std::span<i64> out, std::size_t needed, std::size_t& filled) {
  while (filled < needed) {
    try {
      if (!stream_ && !open_next_stream()) break;
      prepare(*stream_);
      const u64 work_per_index = stream_->work_per_index();
      const std::size_t most = room(out.size() - filled, needed - filled, work_per_index);
      const std::size_t count = read_stream(*stream_, out.subspan(filled, most), work_per_index);
      if (count == 0) stream_.reset();
      filled += count;
      read_ += count;
      work_ += count * work_per_index;
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception&) {
      close();
      throw;
    }
    answer_signals();
  }
  if (filled < needed) close();
}

int Pass::traverse(visitproc visit, void* arg) const {
  Py_VISIT(streams_);
  // What a stream of Python's holds belongs to this pass alone, unless somebody else has the
  // stream.
  const auto* const callback = dynamic_cast<const CallbackStream*>(stream_.get());
  if (callback != nullptr && stream_.use_count() == 1) Py_VISIT(callback->draw());
  return 0;
}

void Pass::close() {
  stream_.reset();
  Py_CLEAR(streams_);
}

Running::Running(bool& running) : running_(running) {
  if (running) throw py::value_error("generator already executing");
  running_ = true;
}

PyObject* item_of_subset(PyObject* sampler, i64 index) {
  static PyObject* const name = PyUnicode_InternFromString("indices");
  auto container = py::reinterpret_steal<py::object>(PyObject_GetAttr(sampler, name));
  if (!container) throw py::error_already_set();
  if (PyList_CheckExact(container.ptr()) && index < PyList_GET_SIZE(container.ptr())) {
    return Py_NewRef(PyList_GET_ITEM(container.ptr(), index));
  }
  auto key = py::reinterpret_steal<py::object>(PyLong_FromLongLong(index));
  if (!key) throw py::error_already_set();
  PyObject* const item = PyObject_GetItem(container.ptr(), key.ptr());
  if (item == nullptr) {
    py::error_already_set error;
    // As a generator does: an item cannot end the pass by the exception that means its end.
    if (error.matches(PyExc_StopIteration)) {
      py::raise_from(error, PyExc_RuntimeError, "generator raised StopIteration");
      throw py::error_already_set();
    }
    throw error;
  }
  return item;
}

}  // namespace fastsamplers::python
