// base: memory and threads of this machine.

#include <pybind11/stl.h>

#include <cstdint>
#include <vector>

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/memory_speed.hpp"
#include "fastsamplers/base/page_buffer.hpp"
#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::python {

void bind_machine(py::module_& m) {
  m.def("require_memory", &require_memory, py::arg("bytes"), py::arg("what"), py::arg("remedy"),
        "MemoryError when so many bytes cannot be had.");
  m.def(
      "advise_huge_pages",
      [](py::array array) {
        advise_huge_pages(array.mutable_data(), static_cast<std::size_t>(array.nbytes()));
      },
      py::arg("array"), "Asks for huge pages for a contiguous array not touched yet.");
  m.def(
      "array_view",
      [](std::uintptr_t address, const py::dtype& dtype, const std::vector<py::ssize_t>& shape,
         const std::vector<py::ssize_t>& strides, const py::object& owner) {
        check_argument(address != 0, "address", "of memory", address);
        return py::array(dtype, shape, strides, reinterpret_cast<const void*>(address), owner);
      },
      py::arg("address"), py::arg("dtype"), py::arg("shape"), py::arg("strides"), py::arg("owner"),
      "An array over memory that the owner keeps; strides in bytes.");
  m.def("available_memory", &available_memory, "Bytes this process can still take.");
  m.def(
      "random_access_limit",
      [](u64 n, u64 steps, std::size_t threads) {
        double seconds = 0;
        without_lock([&] { seconds = random_access_limit(n, steps, threads); });
        return seconds;
      },
      py::arg("n"), py::arg("steps"), py::arg("threads"),
      "Seconds a random read-modify-write of n uint32 places takes: the limit of a permutation.");
  m.def("thread_count", &thread_count, "Threads a kernel may use.");
  m.def("default_thread_count", &default_thread_count,
        "Processors this process may run on, at most OMP_NUM_THREADS.");
  m.def("set_thread_count", &set_thread_count, py::arg("num_threads"),
        "ValueError unless 1 <= num_threads <= 1024.");
}

}  // namespace fastsamplers::python
