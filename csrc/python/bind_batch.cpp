// packing, batch: plans of batches; Python decides for which seed and epoch, and what is kept.

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/batch/batch_costs.hpp"
#include "fastsamplers/batch/bucket_batches.hpp"
#include "fastsamplers/batch/packed_batches.hpp"
#include "fastsamplers/batch/plan_seed.hpp"
#include "fastsamplers/batch/rank_batches.hpp"
#include "fastsamplers/batch/token_batches.hpp"
#include "lengths.hpp"

namespace fastsamplers::python {
namespace {

using batch::BatchPlan;
using batch::PackedBatches;
using batch::PackedRule;
using batch::RankBatches;
using batch::TokenBatches;
using batch::TokenCut;
using packing::Bins;
using packing::PackingRule;
using PlanPointer = std::shared_ptr<BatchPlan>;

PackingRule packing_rule(const std::string& algorithm) {
  if (algorithm == "bfd") return PackingRule::best_fit_decreasing;
  if (algorithm == "ffd") return PackingRule::first_fit_decreasing;
  check_argument(algorithm == "sequential", "algorithm", "bfd, ffd or sequential", algorithm);
  return PackingRule::sequential;
}

std::shared_ptr<Bins> pack(const LengthsPointer& values, u64 capacity,
                           const std::string& algorithm) {
  const PackingRule rule = packing_rule(algorithm);
  packing::require_packing_memory(values->survey, capacity, rule);
  packing::Packing work(values->values, values->survey, capacity, rule);
  run_interruptibly(work);
  return std::make_shared<Bins>(work.take());
}

// int64[n], in memory of its own.
py::array_t<i64> widened(const PageVector<u32>& values) {
  require_memory(sizeof(i64) * values.size(),
                 "an array of " + std::to_string(values.size()) + " indices",
                 "fewer sequences need less");
  py::array_t<i64> out(static_cast<py::ssize_t>(values.size()));
  i64* const to = out.mutable_data();
  without_lock([&] { std::copy(values.begin(), values.end(), to); });
  return out;
}

PlanPointer bucket_plan(const LengthsPointer& values, u64 batch_size, u64 window, bool shuffle,
                        bool drop_last, u64 seed, u64 epoch) {
  const batch::BucketRule rule{batch_size, window, shuffle, drop_last, seed, epoch};
  batch::require_bucket_memory(values->survey, rule);
  batch::BucketBatchesBuilder work(values->values, values->survey, rule);
  run_interruptibly(work);
  return work.plan();
}

using Limit = std::function<u64(u64)>;

std::shared_ptr<TokenCut> token_cut(const LengthsPointer& values, u64 budget, u64 max_samples,
                                    u64 multiple, bool is_sum, bool drop_last,
                                    const std::optional<Limit>& limit) {
  batch::TokenRule rule{budget, max_samples, multiple, is_sum, drop_last, {}};
  if (limit) {  // pybind11 takes the lock for each question
    rule.limit = *limit;
  }
  batch::TokenCutter work(values->values, values->survey, std::move(rule));
  run_interruptibly(work);
  return std::const_pointer_cast<TokenCut>(work.cut());
}

std::tuple<py::array_t<i64>, py::array_t<i64>, py::array_t<i64>> batch_costs(
    const PlanPointer& plan, const LengthsPointer& values) {
  const auto count = static_cast<py::ssize_t>(plan->count());
  py::array_t<i64> sizes(count);
  py::array_t<i64> longest(count);
  py::array_t<i64> sums(count);
  batch::BatchCosts work(plan, values->values, values->survey,
                         {sizes.mutable_data(), longest.mutable_data(), sums.mutable_data()});
  run_interruptibly(work);
  return {std::move(sizes), std::move(longest), std::move(sums)};
}

RankBatches rank_batches(const PlanPointer& plan, const std::vector<std::pair<u64, u64>>& taken,
                         u64 num_replicas, u64 rank, bool shuffle, bool drop_last, u64 seed,
                         u64 epoch) {
  std::vector<batch::Taken> parts;
  parts.reserve(taken.size());
  for (const auto& [ranks, steps] : taken) parts.push_back({ranks, steps});
  return {plan, parts, {num_replicas, rank, shuffle, drop_last, seed, epoch}};
}

}  // namespace

void bind_batch(py::module_& m) {
  m.attr("PLAN_VERSION") = batch::kPlanVersion;
  py::class_<Bins, std::shared_ptr<Bins>>(m, "Bins", "Indices, bin after bin.")
      .def("__len__", &Bins::count)
      .def_property_readonly("indices", [](const Bins& self) { return widened(self.indices); })
      .def_property_readonly("offsets", [](const Bins& self) { return widened(self.offsets); });
  m.def("pack", &pack, py::arg("lengths"), py::arg("capacity"), py::arg("algorithm"),
        "Bins of the capacity; MemoryError before any work when they cannot fit in memory.");

  py::class_<BatchPlan, PlanPointer>(m, "BatchPlan", "All batches of a pass, on all ranks.")
      .def("__len__", &BatchPlan::count);
  m.def(
      "require_bucket_memory",
      [](const LengthsPointer& values, u64 batch_size, u64 window) {
        batch::require_bucket_memory(values->survey, {batch_size, window});
      },
      py::arg("lengths"), py::arg("batch_size"), py::arg("window"),
      "MemoryError when a plan of buckets cannot fit.");
  m.def("bucket_plan", &bucket_plan, py::arg("lengths"), py::arg("batch_size"), py::arg("window"),
        py::arg("shuffle"), py::arg("drop_last"), py::arg("seed"), py::arg("epoch"));
  py::class_<TokenCut, std::shared_ptr<TokenCut>>(
      m, "TokenCut", "Where batches within a budget begin and end, in every epoch.")
      .def(py::init(&token_cut), py::arg("lengths"), py::arg("budget"), py::arg("max_samples"),
           py::arg("multiple"), py::arg("is_sum"), py::arg("drop_last"), py::arg("limit"))
      .def("__len__", &TokenCut::count);
  m.def(
      "token_plan",
      [](std::shared_ptr<TokenCut> cut, bool shuffle, u64 seed, u64 epoch) -> PlanPointer {
        return std::make_shared<TokenBatches>(std::move(cut), shuffle, seed, epoch);
      },
      py::arg("cut"), py::arg("shuffle"), py::arg("seed"), py::arg("epoch"));
  m.def(
      "packed_plan",
      [](std::shared_ptr<Bins> bins, u64 batch_size, bool shuffle, bool drop_last, u64 seed,
         u64 epoch) -> PlanPointer {
        const PackedRule rule{batch_size, shuffle, drop_last, seed, epoch};
        return std::make_shared<PackedBatches>(std::move(bins), rule);
      },
      py::arg("bins"), py::arg("batch_size"), py::arg("shuffle"), py::arg("drop_last"),
      py::arg("seed"), py::arg("epoch"));
  m.def("batch_costs", &batch_costs, py::arg("plan"), py::arg("lengths"),
        "(samples, longest length, sum of lengths) of each batch, int64[batches] each");

  py::class_<RankBatches, std::shared_ptr<RankBatches>>(m, "RankBatches",
                                                        "The batches of one rank, in order.")
      .def(py::init(&rank_batches), py::arg("plan"), py::arg("taken"), py::arg("num_replicas"),
           py::arg("rank"), py::arg("shuffle"), py::arg("drop_last"), py::arg("seed"),
           py::arg("epoch"))
      .def("__len__", &RankBatches::length)
      .def_property_readonly("position", &RankBatches::position)
      .def("seek", &RankBatches::seek, py::arg("position"));
}

}  // namespace fastsamplers::python
