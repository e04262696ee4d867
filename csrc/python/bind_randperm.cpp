// order: torch.randperm into an array of the caller's.

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/randperm.hpp"

namespace fastsamplers::python {
namespace {

// Steps between two looks for signals: about 0.1 s where memory is slow.
constexpr u64 kSteps = u64{1} << 22;

template <class T>
void randperm(const rng::Mt19937& engine, py::array_t<T, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  const std::span<T> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  order::Randperm permutation(engine, span);
  for (bool complete = false; !complete;) {
    without_lock([&] { complete = permutation.advance(kSteps); });
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
}

}  // namespace

void bind_randperm(py::module_& m) {
  constexpr const char* kDoc = "torch.randperm(out.size) into out; the engine stays where it is.";
  m.def("randperm", &randperm<i64>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
  m.def("randperm", &randperm<i32>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
}

}  // namespace fastsamplers::python
