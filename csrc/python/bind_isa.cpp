// base: instruction-set levels and the level of each kernel.

#include "bindings.hpp"
#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/order/copies.hpp"
#include "fastsamplers/order/feistel_halves.hpp"
#include "fastsamplers/order/feistel_range.hpp"
#include "fastsamplers/order/feistel_rounds.hpp"
#include "fastsamplers/order/owned_steps.hpp"
#include "fastsamplers/rng/mt19937_block.hpp"
#include "fastsamplers/rng/remainders.hpp"
#include "fastsamplers/weighted/bucket_search.hpp"
#include "fastsamplers/weighted/race_filter.hpp"
#include "fastsamplers/weighted/weight_digest.hpp"

namespace fastsamplers::python {
namespace {

template <class Word, class Add>
void add_feistel(const Add& add) {
  using Halves = order::HalvesKernels<Word>;
  using Rounds = order::FeistelKernels<Word>;
  add(Rounds::forward, Rounds::backward, Halves::cut_range, Halves::cut_places, Halves::cut_values,
      Halves::join_values, Halves::join_places);
}

py::typing::Dict<py::str, py::str> kernel_levels() {
  py::typing::Dict<py::str, py::str> levels;
  const auto add = [&](const auto&... kernels) {
    ((levels[kernels.name] = py::str(std::string(isa_name(kernels.level(active_isa()))))), ...);
  };
  add(rng::kTwist, rng::kTemper, rng::kForwardTargets, rng::kInsideOutTargets, rng::kBound,
      rng::kWideBound, order::kOwnedSteps, order::kWiden, order::kDecode, order::kGather32,
      order::kGather64, weighted::kDigestWeights, weighted::kBucketSearch, weighted::kRaceFilter);
  add(order::kRangeValues);
  add_feistel<u16>(add);
  add_feistel<u32>(add);
  return levels;
}

}  // namespace

void bind_isa(py::module_& m) {
  m.def(
      "active_isa", [] { return std::string(isa_name(active_isa())); },
      "The instruction-set level in use.");
  m.def(
      "supported_isa", [] { return std::string(isa_name(supported_isa())); },
      "The widest instruction-set level of this machine.");
  m.def(
      "set_active_isa", [](const std::string& name) { set_active_isa(name); }, py::arg("name"),
      "Puts another level in use, for tests that sweep them; ValueError if the machine lacks it.");
  m.def("kernel_levels", &kernel_levels, "The level in use of each kernel that has variants.");
}

}  // namespace fastsamplers::python
