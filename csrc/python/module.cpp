// The extension module fastsamplers._core: a table of contents.

#include "bindings.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace fastsamplers::python;
  m.doc() = "C++ kernels of fastsamplers; private, use the fastsamplers package.";
  bind_isa(m);
  bind_machine(m);
  bind_rng(m);
  bind_order(m);
  bind_randperm(m);
  bind_index_shuffle(m);
  bind_shard(m);
  bind_weighted(m);
  bind_lengths(m);
  bind_batch(m);
  add_index_iterator(m);
  add_batch_iterator(m);
  add_plan_iterator(m);
  add_step_iterator(m);
}
