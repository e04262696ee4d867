// rng: the engine and its torch state.

#include <algorithm>
#include <span>

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/rng/bounded.hpp"
#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/rng/torch_state.hpp"

namespace fastsamplers::python {
namespace {

using rng::Mt19937;
using StateArray = py::array_t<u8, py::array::c_style>;

std::size_t checked_count(i64 count) {
  check_argument(count >= 0, "count", "non-negative", count);
  return static_cast<std::size_t>(count);
}

Mt19937 from_torch_state(const StateArray& state) {
  check_argument(state.ndim() == 1, "generator state dimensions", "1", state.ndim());
  return rng::load_torch_state({state.data(), static_cast<std::size_t>(state.size())});
}

void to_torch_state(const Mt19937& engine, StateArray& state) {
  check_argument(state.ndim() == 1, "generator state dimensions", "1", state.ndim());
  rng::store_torch_state(engine, {state.mutable_data(), static_cast<std::size_t>(state.size())});
}

py::array_t<u32> words(Mt19937& engine, i64 count) {
  py::array_t<u32> out(static_cast<py::ssize_t>(checked_count(count)));
  engine.fill({out.mutable_data(), static_cast<std::size_t>(out.size())});
  return out;
}

// Integers of a range, drawn in parts.
class BoundedDraws {
 public:
  BoundedDraws(Mt19937& engine, i64 low, u64 range, std::span<i64> out)
      : engine_(engine), low_(low), range_(range), left_(out) {}

  // At most `steps` more; true when there is nothing left.
  bool advance(u64 steps) {
    const std::size_t count = std::min<u64>(steps, left_.size());
    rng::bounded_fill(engine_, low_, range_, left_.first(count));
    left_ = left_.subspan(count);
    return left_.empty();
  }

 private:
  Mt19937& engine_;
  i64 low_;
  u64 range_;
  std::span<i64> left_;
};

py::array_t<i64> bounded(Mt19937& engine, i64 low, u64 range, i64 count) {
  check_argument(range > 0, "range", "positive", range);
  py::array_t<i64> out(static_cast<py::ssize_t>(checked_count(count)));
  BoundedDraws draws(engine, low, range,
                     {out.mutable_data(), static_cast<std::size_t>(out.size())});
  run_interruptibly(draws);
  return out;
}

void bounded_into(Mt19937& engine, i64 low, u64 range, py::array_t<i64, py::array::c_style>& out) {
  check_argument(range > 0, "range", "positive", range);
  BoundedDraws draws(engine, low, range,
                     {out.mutable_data(), static_cast<std::size_t>(out.size())});
  run_interruptibly(draws);
}

}  // namespace

void bind_rng(py::module_& m) {
  m.def("bounded_words", &rng::bounded_words, py::arg("range"),
        "Words that torch draws for one integer of a range.");
  m.attr("TORCH_STATE_BYTES") = rng::kTorchStateBytes;
  py::class_<Mt19937>(m, "Mt19937", "MT19937 as torch's CPU generator runs it.")
      .def(py::init<u64>(), py::arg("seed"))
      .def_static("from_torch_state", &from_torch_state, py::arg("state").noconvert(),
                  "From the 5056 bytes of Generator.get_state() as a uint8 array.")
      .def("to_torch_state", &to_torch_state, py::arg("state").noconvert(),
           "Writes the engine over a state's bytes in place; cached normals stay.")
      .def("copy", [](const Mt19937& engine) { return Mt19937(engine); })
      .def("random", &Mt19937::random, "One 32-bit word.")
      .def("random64", &Mt19937::random64, "Two words, the first is the high half.")
      .def("words", &words, py::arg("count"), "The next words as uint32[count].")
      .def("bounded", &bounded, py::arg("low"), py::arg("range"), py::arg("count"),
           "low + random % range as int64[count], with torch.randint's rule.")
      .def("bounded_into", &bounded_into, py::arg("low"), py::arg("range"),
           py::arg("out").noconvert(),
           "The same, as many as there is room in a C-ordered int64 array.")
      .def(
          "skip", [](Mt19937& engine, u64 count) { without_lock([&] { engine.skip(count); }); },
          py::arg("count"), "Goes on by as many words without making them.");
}

}  // namespace fastsamplers::python
