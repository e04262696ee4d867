// order: the index shuffle, by itself and as a stream.

#include "bindings.hpp"
#include "fastsamplers/order/index_shuffle_stream.hpp"
#include "fastsamplers/order/shuffled_array.hpp"

namespace fastsamplers::python {
namespace {

using order::IndexShuffle;
using Array = py::array_t<i64, py::array::c_style>;

std::span<i64> items_of(Array& array) {
  return {array.mutable_data(), static_cast<std::size_t>(array.size())};
}

// Below this many indices giving up the lock costs more than it gives.
constexpr py::ssize_t kReleaseFrom = 2048;

template <class Work>
void run_unless_small(Work& work, py::ssize_t count) {
  if (count < kReleaseFrom) {
    work.advance(kReleaseFrom);
  } else {
    run_interruptibly(work);
  }
}

Array values_of_range(const IndexShuffle& shuffle, i64 first, i64 step, py::ssize_t count) {
  Array out(count);
  order::ShuffledRange range(shuffle, first, step, items_of(out));
  run_unless_small(range, count);
  return out;
}

}  // namespace

void bind_index_shuffle(py::module_& m) {
  m.attr("INDEX_SHUFFLE_VERSION") = order::kIndexShuffleVersion;
  py::class_<IndexShuffle>(m, "IndexShuffle", "A computed permutation of [0, n), 1 <= n <= 2**62.")
      .def(py::init<u64, u64, u64>(), py::arg("n"), py::arg("seed"), py::arg("epoch") = 0)
      .def_static(
          "with_rounds",
          [](u64 n, u64 seed, u64 epoch, std::size_t rounds) {
            return IndexShuffle(n, seed, epoch, rounds);
          },
          py::arg("n"), py::arg("seed"), py::arg("epoch"), py::arg("rounds"),
          "With another number of rounds, for measurements alone.")
      .def(
          "value_at",
          [](const IndexShuffle& shuffle, i64 index) {
            return shuffle.value_at(order::place_of_index(shuffle, index));
          },
          py::arg("index"), "The value at one place; IndexError unless -n <= index < n.")
      .def(
          "place_of",
          [](const IndexShuffle& shuffle, i64 value) {
            order::check_value(shuffle, value);
            return shuffle.place_of(value);
          },
          py::arg("value"), "The place of one value; ValueError unless 0 <= value < n.")
      .def("values_of_range", &values_of_range, py::arg("first"), py::arg("step"), py::arg("count"),
           "int64[count] of the values at first + k * step, all of which must lie in [0, n).")
      .def(
          "values_at",
          [](const IndexShuffle& shuffle, Array& indices) {
            order::ShuffledPlaces places(shuffle, items_of(indices));
            run_unless_small(places, indices.size());
          },
          py::arg("indices").noconvert(), "In place; IndexError unless all lie in [-n, n).")
      .def(
          "places_of",
          [](const IndexShuffle& shuffle, Array& values) {
            order::PlacesOfValues places(shuffle, items_of(values));
            run_unless_small(places, values.size());
          },
          py::arg("values").noconvert(), "In place; ValueError unless all lie in [0, n).");
  m.def(
      "index_shuffle_stream",
      [](u64 n, u64 seed, u64 epoch, u64 length) -> std::shared_ptr<order::IndexStream> {
        return std::make_shared<order::IndexShuffleStream>(n, seed, epoch, length);
      },
      py::arg("n"), py::arg("seed"), py::arg("epoch"), py::arg("length"));
}

}  // namespace fastsamplers::python
