// order: the streams. Python makes them and hands them to iterators; it reads them itself only in
// tests.

#include <algorithm>
#include <memory>

#include "bindings.hpp"
#include "callback_stream.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/read_ahead.hpp"
#include "fastsamplers/order/replacement.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"
#include "integer_array.hpp"

namespace fastsamplers::python {
namespace {

using order::IndexStream;
using StreamPointer = std::shared_ptr<IndexStream>;

py::array_t<i64> next(IndexStream& stream, i64 count) {
  check_argument(count >= 0, "count", "non-negative", count);
  const u64 rest = stream.length() - stream.position();
  const u64 most = std::min<u64>(static_cast<u64>(count), rest);
  py::array_t<i64> out(static_cast<py::ssize_t>(most));
  const std::span<i64> span{out.mutable_data(), static_cast<std::size_t>(most)};
  without_lock([&] { stream.fill(span); });
  return out;
}

py::array_t<i64> next_strided(IndexStream& stream, i64 count, u64 stride) {
  check_argument(count >= 0, "count", "non-negative", count);
  check_argument(stride > 0, "stride", "positive", stride);
  const u64 rest = stream.length() - stream.position();
  const u64 most = rest == 0 ? 0 : std::min<u64>(static_cast<u64>(count), (rest - 1) / stride + 1);
  py::array_t<i64> out(static_cast<py::ssize_t>(most));
  const std::span<i64> span{out.mutable_data(), static_cast<std::size_t>(most)};
  without_lock([&] { stream.next_strided(span, stride); });
  return out;
}

StreamPointer subset(StreamPointer order, const py::array& values) {
  // The values are read by the consumer's thread: they are the caller's, who may change them.
  return std::make_shared<order::SubsetStream>(order::read_ahead_if_slow(std::move(order)),
                                               integer_array(values, "indices"),
                                               keep_alive(values));
}

StreamPointer subset_of_range(StreamPointer order, u64 length, i64 first, i64 step) {
  IntegerArray array;
  array.size = length;
  array.stride = step;
  array.first = first;
  array.type = IntegerArray::Type::range;
  return std::make_shared<order::SubsetStream>(order::read_ahead_if_slow(std::move(order)), array,
                                               nullptr);
}

}  // namespace

void bind_order(py::module_& m) {
  m.attr("INSIDE_OUT_FROM") = order::kInsideOutFrom;
  m.def("permutation_words", &order::permutation_words, py::arg("n"),
        "Words that torch draws for a permutation of n.");
  m.def("require_permutation_memory", &order::require_permutation_memory, py::arg("n"),
        "MemoryError when a permutation of n cannot fit.");
  py::class_<IndexStream, StreamPointer>(m, "IndexStream",
                                         "A sequence of int64 indices that is read in blocks.")
      .def("__len__", [](const IndexStream& stream) { return stream.length(); })
      .def_property_readonly("position", &IndexStream::position)
      .def_property_readonly("may_read_ahead", &IndexStream::may_read_ahead)
      .def("next", &next, py::arg("count"), "The next indices, at most count, as int64[k].")
      .def("next_strided", &next_strided, py::arg("count"), py::arg("stride"),
           "Every stride-th of the next indices, at most count, as int64[k].")
      .def("seek", &IndexStream::seek, py::arg("position"))
      .def(
          "prepare",
          [](IndexStream& stream, u64 steps) {
            bool is_ready = false;
            without_lock([&] { is_ready = stream.prepare(steps); });
            return is_ready;
          },
          py::arg("steps"), "Does part of the work before the next index; True when none is left.");

  m.def(
      "sequential_stream",
      [](u64 length, i64 first, i64 step) -> StreamPointer {
        return std::make_shared<order::SequentialStream>(length, first, step);
      },
      py::arg("length"), py::arg("first") = 0, py::arg("step") = 1);
  m.def(
      "permutation_stream",
      [](const rng::Mt19937& engine, u64 n, u64 length) -> StreamPointer {
        return std::make_shared<order::PermutationStream>(engine, n, length);
      },
      py::arg("engine"), py::arg("n"), py::arg("length"));
  m.def(
      "replacement_stream",
      [](const rng::Mt19937& engine, u64 n, u64 length) -> StreamPointer {
        return std::make_shared<order::ReplacementStream>(engine, n, length);
      },
      py::arg("engine"), py::arg("n"), py::arg("length"));
  m.def("subset_stream", &subset, py::arg("order"), py::arg("indices"));
  m.def("subset_of_range_stream", &subset_of_range, py::arg("order"), py::arg("length"),
        py::arg("first"), py::arg("step"));
  m.def(
      "callback_stream",
      [](py::typing::Callable<py::array_t<i64>(i64)> draw, u64 length,
         u64 granularity) -> StreamPointer {
        return std::make_shared<CallbackStream>(std::move(draw), length, granularity);
      },
      py::arg("draw"), py::arg("length"), py::arg("granularity"));
}

}  // namespace fastsamplers::python
