// The survey of weights of any bits: what is counted and refused, and a digest at every level and
// in any parts that shows each change.
#include "fastsamplers/weighted/weight_survey.hpp"

#include "fastsamplers/weighted/weight_digest.hpp"
#include "isa_levels.hpp"
#include "require.hpp"
#include "thread_counts.hpp"
#include "weight_arrays.hpp"

namespace fastsamplers::fuzz {
namespace {

using weighted::WeightDigest;
using Fault = weighted::WeightSurvey::Fault;

bool is_valid(double weight) { return std::isfinite(weight) && weight >= 0; }

// The definition, in words that share nothing with the kernels.
WeightDigest plain_digest(const std::vector<double>& weights, WeightDigest digest) {
  for (std::size_t k = 0; k < weights.size(); ++k) {
    u64 lane = digest.lanes[k % 32];
    lane = (lane ^ std::bit_cast<u64>(weights[k])) * 2654435761U;
    lane ^= lane >> 32;
    digest.lanes[k % 32] = lane;
    digest.sums[k % 32] += lane;
    if (weights[k] != 0) ++digest.nonzero;
    if (!is_valid(weights[k])) ++digest.invalid;
  }
  return digest;
}

void check_digest(Input& input, const std::vector<double>& weights) {
  WeightDigest begun;
  for (u64& lane : begun.lanes) lane = input.take<u8>() * 0x9e3779b97f4a7c15U;
  const WeightDigest expected = plain_digest(weights, begun);
  for (const Isa isa : test::supported_levels()) {
    WeightDigest digest = begun;
    weighted::kDigestWeights.at(isa)(weights.data(), weights.size(), digest);
    require_same(digest.lanes, expected.lanes, "the lanes of a digest");
    require_same(digest.sums, expected.sums, "the sums of a digest");
    require(digest.nonzero == expected.nonzero, "how many are not zero");
    require(digest.invalid == expected.invalid, "how many are not valid");
  }
}

weighted::WeightSurvey survey_of(const weighted::Weights& weights, u64 steps) {
  weighted::WeightSurveyor surveyor(weights);
  while (!surveyor.advance(steps)) {
  }
  return surveyor.survey();
}

void check_survey(Input& input, std::vector<double> values) {
  const auto storage = input.flag() ? test::Storage::f64 : test::Storage::f32;
  if (storage == test::Storage::f32) {
    for (double& value : values) value = static_cast<double>(static_cast<float>(value));
  }
  u64 nonzero = 0;
  Fault fault = Fault::none;
  for (const double value : values) {
    if (value != 0) ++nonzero;
    if (fault != Fault::none || is_valid(value)) continue;
    fault = value >= 0 ? Fault::not_finite : Fault::negative;
  }
  const LaidOutWeights laid_out(values, storage, test::Precision::f64, stride_of(input, storage));
  const auto survey = survey_of(laid_out.weights(), input.number());
  require(survey.nonzero == nonzero, "how many are not zero");
  require(survey.fault == fault, "the first fault");
  const test::StoredWeights plain(values, test::Precision::f64);
  {
    const test::ActiveIsa scalar(Isa::scalar);
    require(survey_of(plain.weights(), ~u64{0}) == survey, "one survey for all layouts and levels");
  }
  if (values.empty()) return;
  const std::size_t place = input.below(values.size());
  const double changed = any_weight(input);
  const bool is_same = std::bit_cast<u64>(changed) == std::bit_cast<u64>(values[place]);
  if (std::isnan(changed) || std::isnan(values[place])) return;  // a float may change its bits
  values[place] = changed;
  const test::StoredWeights other(values, test::Precision::f64);
  const auto after = survey_of(other.weights(), ~u64{0});
  require((after.fingerprint == survey.fingerprint) == is_same, "a change shows");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const bool is_digest = input.flag();
  std::vector<double> values =
      test::weights_of(input.pick(test::kWeightKinds), test::Precision::f64, input.below(3000));
  for (u64 edits = input.below(40); edits > 0 && !values.empty(); --edits) {
    values[input.below(values.size())] = fuzz::any_weight(input);
  }
  if (is_digest) {
    fuzz::check_digest(input, values);
  } else {
    fuzz::check_survey(input, std::move(values));
  }
  return 0;
}
