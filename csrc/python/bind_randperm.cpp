// order: torch.randperm into an array of the caller's.

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/randperm.hpp"

namespace fastsamplers::python {
namespace {

// Steps between two looks for signals: about 0.1 s.
constexpr u64 kSteps = u64{1} << 24;

template <class T>
void randperm(rng::Mt19937& engine, py::array_t<T, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  const std::span<T> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  order::Randperm permutation(engine, span);
  for (bool complete = false; !complete;) {
    {
      py::gil_scoped_release release;
      complete = permutation.advance(kSteps);
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  engine.skip(order::permutation_words(span.size()));
}

}  // namespace

void bind_randperm(py::module_& m) {
  constexpr const char* kDoc =
      "torch.randperm(out.size) into out; the engine goes on past the words it takes.";
  m.def("randperm", &randperm<i64>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
  m.def("randperm", &randperm<i32>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
}

}  // namespace fastsamplers::python
