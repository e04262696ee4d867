// order: torch.randperm into an array of the caller's.

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/randperm.hpp"

namespace fastsamplers::python {
namespace {

template <class T>
void randperm(const rng::Mt19937& engine, py::array_t<T, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  const std::span<T> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  order::Randperm permutation(engine, span);
  run_interruptibly(permutation);
}

}  // namespace

void bind_randperm(py::module_& m) {
  constexpr const char* kDoc = "torch.randperm(out.size) into out; the engine stays where it is.";
  m.def("randperm", &randperm<i64>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
  m.def("randperm", &randperm<u32>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
  m.def("randperm", &randperm<i32>, py::arg("engine"), py::arg("out").noconvert(), kDoc);
}

}  // namespace fastsamplers::python
