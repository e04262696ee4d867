// weighted: surveys, tables and choices; Python decides what is kept between passes.

#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/weighted/block_sums.hpp"
#include "fastsamplers/weighted/cdf_table.hpp"
#include "fastsamplers/weighted/parallel_draws.hpp"
#include "fastsamplers/weighted/weight_survey.hpp"
#include "fastsamplers/weighted/weighted_choice.hpp"
#include "fastsamplers/weighted/weighted_stream.hpp"

namespace fastsamplers::python {
namespace {

using weighted::BlockSums;
using weighted::CdfTable;
using weighted::Precision;
using weighted::Weights;
using weighted::WeightSurvey;

Weights weights_of(const py::array& values, bool single) {
  check_argument(values.ndim() == 1, "weights dimensions", "1", values.ndim());
  Weights weights;
  weights.data = values.data();
  weights.size = static_cast<u64>(values.size());
  weights.stride = values.strides(0);
  weights.precision = single ? Precision::f32 : Precision::f64;
  const py::dtype dtype = values.dtype();
  const bool native = dtype.attr("isnative").cast<bool>();
  if (native && dtype.kind() == 'f' && dtype.itemsize() == 8) {
    weights.storage = Weights::Storage::f64;
  } else if (native && dtype.kind() == 'f' && dtype.itemsize() == 4) {
    weights.storage = Weights::Storage::f32;
  } else {
    throw py::type_error("weights should be an array of native float32 or float64, but got dtype " +
                         py::str(dtype).cast<std::string>());
  }
  return weights;
}

// (fault, nonzero, fingerprint)
std::tuple<std::optional<std::string>, u64, py::bytes> survey(const py::array& values) {
  weighted::WeightSurveyor surveyor(weights_of(values, false));
  run_interruptibly(surveyor);
  const WeightSurvey& seen = surveyor.survey();
  std::optional<std::string> fault;
  if (seen.fault == WeightSurvey::Fault::negative) fault = "negative";
  if (seen.fault == WeightSurvey::Fault::not_finite) fault = "not finite";
  const auto* const bytes = reinterpret_cast<const char*>(seen.fingerprint.data());
  return {fault, seen.nonzero, py::bytes(bytes, sizeof(seen.fingerprint))};
}

std::shared_ptr<CdfTable> cdf_table(const py::array& values, bool single) {
  weighted::CdfTableBuilder builder(weights_of(values, single));
  run_interruptibly(builder);
  return builder.table();
}

std::shared_ptr<BlockSums> block_sums(const py::array& values, bool single) {
  auto sums = std::make_shared<BlockSums>(weights_of(values, single));
  run_interruptibly(*sums);
  return sums;
}

void draw_by_blocks(const std::shared_ptr<BlockSums>& sums, const py::array& values,
                    const rng::Mt19937& engine, py::array_t<i64, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  const std::span<i64> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  const Weights weights = weights_of(values, sums->precision() == Precision::f32);
  without_lock([&] { weighted::draw_by_blocks(*sums, weights, engine, span); });
}

void choose(const py::array& values, bool single, const rng::Mt19937& engine, u64 nonzero,
            py::array_t<i64, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  const std::span<i64> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  weighted::WeightedChoice choice(weights_of(values, single), engine, nonzero, span);
  run_interruptibly(choice);
}

void draw(const std::shared_ptr<CdfTable>& table, const rng::Mt19937& engine,
          py::array_t<i64, py::array::c_style>& out) {
  check_argument(out.ndim() == 1, "out dimensions", "1", out.ndim());
  const std::span<i64> span{out.mutable_data(), static_cast<std::size_t>(out.size())};
  weighted::ParallelDraws draws(table, engine, span);
  run_interruptibly(draws);
}

}  // namespace

void bind_weighted(py::module_& m) {
  py::class_<CdfTable, std::shared_ptr<CdfTable>>(
      m, "CdfTable", "The cumulative distribution of weights, laid out for draws.")
      .def(py::init(&cdf_table), py::arg("weights").noconvert(), py::arg("single"))
      .def("__len__", &CdfTable::size)
      .def_property_readonly("nbytes", &CdfTable::bytes);
  py::class_<BlockSums, std::shared_ptr<BlockSums>>(
      m, "BlockSums", "The running sum at every 256th weight, for draws that are few.")
      .def(py::init(&block_sums), py::arg("weights").noconvert(), py::arg("single"))
      .def("__len__", &BlockSums::size)
      .def_property_readonly("nbytes", &BlockSums::bytes);
  m.def("draw_by_blocks", &draw_by_blocks, py::arg("sums"), py::arg("weights").noconvert(),
        py::arg("engine"), py::arg("out").noconvert(),
        "torch.multinomial(weights, out.size, replacement=True) into out, where that is few.");
  m.def("require_block_draws_memory", &weighted::require_block_draws_memory, py::arg("count"),
        "MemoryError when so many draws by blocks cannot fit.");
  m.def(
      "require_choice_memory",
      [](const py::array& values, bool single, u64 nonzero, u64 count) {
        weighted::require_choice_memory(weights_of(values, single), nonzero, count);
      },
      py::arg("weights").noconvert(), py::arg("single"), py::arg("nonzero"), py::arg("count"),
      "MemoryError when a weighted choice cannot fit.");
  m.def("survey_weights", &survey, py::arg("weights").noconvert(),
        "(first fault or None, nonzero weights, fingerprint of the content)");
  m.def(
      "weighted_stream",
      [](std::shared_ptr<CdfTable> table, const rng::Mt19937& engine,
         u64 length) -> std::shared_ptr<order::IndexStream> {
        return std::make_shared<weighted::WeightedStream>(std::move(table), engine, length);
      },
      py::arg("table"), py::arg("engine"), py::arg("length"));
  m.def("weighted_draws", &draw, py::arg("table"), py::arg("engine"), py::arg("out").noconvert(),
        "torch.multinomial(weights, out.size, replacement=True) into out.");
  m.def("weighted_choice", &choose, py::arg("weights").noconvert(), py::arg("single"),
        py::arg("engine"), py::arg("nonzero"), py::arg("out").noconvert(),
        "torch.multinomial(weights, out.size) without replacement, into out.");
}

}  // namespace fastsamplers::python
