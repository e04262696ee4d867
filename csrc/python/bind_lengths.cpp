// lengths: surveys, the argsort, and the order that is grouped by them.

#include <memory>

#include "bindings.hpp"
#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "fastsamplers/order/length_grouped.hpp"
#include "integer_array.hpp"
#include "lengths.hpp"

namespace fastsamplers::python {
namespace {

LengthsPointer lengths_of(const py::array& values) {
  auto made = std::make_shared<Lengths>();
  made->values = integer_array(values, "lengths");
  made->owner = keep_alive(values);
  lengths::LengthSurveyor surveyor(made->values);
  run_interruptibly(surveyor);
  made->survey = surveyor.survey();
  return made;
}

// The number that 64 bits of the survey stand for.
py::int_ number(const Lengths& of, u64 bits) {
  const bool is_negative = of.survey.has_negative && static_cast<i64>(bits) < 0;
  return is_negative ? py::int_(static_cast<i64>(bits)) : py::int_(bits);
}

template <class Out>
void argsort(const LengthsPointer& values, bool descending,
             py::array_t<Out, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  lengths::require_argsort_memory(values->survey);
  const std::span<Out> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  lengths::BucketArgsort<Out> work(values->values, values->survey, descending, span);
  run_interruptibly(work);
}

std::shared_ptr<order::IndexStream> length_grouped(const rng::Mt19937& engine,
                                                   const LengthsPointer& values, u64 mega_batch) {
  order::LengthGrouped work(engine, values->values, values->survey, mega_batch);
  run_interruptibly(work);
  return std::make_shared<order::StoredStream>(work.indices());
}

std::shared_ptr<order::IndexStream> length_grouped_of(
    const py::array_t<u32, py::array::c_style>& permutation, const LengthsPointer& values,
    u64 mega_batch) {
  const u32* const first = permutation.data();
  order::LengthGrouped work(PageVector<u32>(first, first + permutation.size()), values->values,
                            values->survey, mega_batch);
  run_interruptibly(work);
  return std::make_shared<order::StoredStream>(work.indices());
}

}  // namespace

void bind_lengths(py::module_& m) {
  py::class_<Lengths, std::shared_ptr<Lengths>>(
      m, "Lengths", "An array of integers where it lies, and the least and greatest of them.")
      .def(py::init([](const py::array& values) {
             return std::const_pointer_cast<Lengths>(lengths_of(values));
           }),
           py::arg("values").noconvert())
      .def("__len__", [](const Lengths& self) { return self.values.size; })
      .def_property_readonly("values", [](const Lengths& self) { return *self.owner; })
      .def_property_readonly("least",
                             [](const Lengths& self) { return number(self, self.survey.least); })
      .def_property_readonly("greatest",
                             [](const Lengths& self) { return number(self, self.survey.greatest); })
      .def_property_readonly("first_least",
                             [](const Lengths& self) { return self.survey.first_least; })
      .def_property_readonly("first_greatest",
                             [](const Lengths& self) { return self.survey.first_greatest; })
      .def_property_readonly(
          "total",
          [](const Lengths& self) {
            const py::int_ high(self.survey.high_sum);
            return py::int_((high << py::int_(32)) + py::int_(self.survey.low_sum));
          },
          "The sum, of values that are not negative.");
  m.def("bucket_argsort", &argsort<i64>, py::arg("lengths"), py::arg("descending"),
        py::arg("out").noconvert(), "The stable argsort into out.");
  m.def("bucket_argsort", &argsort<u32>, py::arg("lengths"), py::arg("descending"),
        py::arg("out").noconvert());
  m.def(
      "require_grouped_memory",
      [](const LengthsPointer& values, u64 mega_batch) {
        order::require_grouped_memory(values->survey, mega_batch);
      },
      py::arg("lengths"), py::arg("mega_batch"),
      "MemoryError when an order that is grouped by length cannot fit.");
  m.def("length_grouped_stream", &length_grouped, py::arg("engine"), py::arg("lengths"),
        py::arg("mega_batch"), "The order of transformers' LengthGroupedSampler.");
  m.def("length_grouped_stream", &length_grouped_of, py::arg("permutation").noconvert(),
        py::arg("lengths"), py::arg("mega_batch"));
}

}  // namespace fastsamplers::python
