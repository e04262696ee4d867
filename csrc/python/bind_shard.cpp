// shard: one rank's share of a stream.

#include "bindings.hpp"
#include "fastsamplers/shard/block_shard.hpp"
#include "fastsamplers/shard/strided_shard.hpp"

namespace fastsamplers::python {

void bind_shard(py::module_& m) {
  using StreamPointer = std::shared_ptr<order::IndexStream>;
  m.def(
      "strided_shard",
      [](StreamPointer order, u64 first, u64 stride, u64 length) -> StreamPointer {
        return std::make_shared<shard::StridedShard>(std::move(order), first, stride, length);
      },
      py::arg("order"), py::arg("first"), py::arg("stride"), py::arg("length"));
  m.def(
      "block_shard",
      [](StreamPointer order, u64 first, u64 block, u64 period, u64 length) -> StreamPointer {
        return std::make_shared<shard::BlockShard>(std::move(order), first, block, period, length);
      },
      py::arg("order"), py::arg("first"), py::arg("block"), py::arg("period"), py::arg("length"));
}

}  // namespace fastsamplers::python
