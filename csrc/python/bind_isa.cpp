// base: instruction-set levels, the level of each kernel, memory.

#include "bindings.hpp"
#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/rng/bounded.hpp"
#include "fastsamplers/rng/mt19937_block.hpp"

namespace fastsamplers::python {
namespace {

py::dict kernel_levels() {
  py::dict levels;
  const Isa active = active_isa();
  const auto add = [&](const auto& variants) {
    levels[variants.name] = py::str(std::string(isa_name(variants.level(active))));
  };
  add(rng::kTwist);
  add(rng::kTemper);
  add(rng::kForwardTargets);
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
  m.def("require_memory", &require_memory, py::arg("bytes"), py::arg("what"), py::arg("remedy"),
        "MemoryError when so many bytes cannot be had.");
  m.def("available_memory", &available_memory, "Bytes this process can still take.");
}

}  // namespace fastsamplers::python
