#include "fastsamplers/weighted/weight_survey.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/weighted/weight_digest.hpp"

namespace fastsamplers::weighted {
namespace {

// Weights whose bits make one part of the fingerprint. The parts are summed, in any order.
constexpr u64 kPart = u64{1} << 16;
// Fewer are looked at by one thread: they take less than starting another.
constexpr u64 kParallelWeights = u64{1} << 18;

u64 scramble(u64 value) {
  value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
  value = (value ^ (value >> 32)) * 0xd6e8feb86659fd93;
  return value ^ (value >> 32);
}

bool is_valid(double weight) {
  return weight >= 0 && weight < std::numeric_limits<double>::infinity();
}

WeightSurvey::Fault fault_of(double weight) {
  return weight >= 0 ? WeightSurvey::Fault::not_finite : WeightSurvey::Fault::negative;
}

WeightDigest look_at(const Weights& weights, u64 first, u64 last) {
  const auto digest_weights = kDigestWeights.active();
  WeightDigest digest;
  // Far apart, so that no two lanes, which are summed up, can stand in for each other.
  for (std::size_t lane = 0; lane < kDigestLanes; ++lane) {
    digest.lanes[lane] = scramble(~(first * kDigestLanes + lane));
  }
  WeightBlock block;
  for (u64 i = first; i < last; i += kWeightBlock) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kWeightBlock, last - i));
    digest_weights(read_weights(weights, i, count, block), count, digest);
  }
  return digest;
}

WeightSurvey::Fault first_fault(const Weights& weights, u64 first, u64 last) {
  WeightBlock block;
  for (u64 i = first; i < last; i += kWeightBlock) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kWeightBlock, last - i));
    const double* const values = read_weights(weights, i, count, block);
    for (std::size_t k = 0; k < count; ++k) {
      if (!is_valid(values[k])) return fault_of(values[k]);
    }
  }
  return WeightSurvey::Fault::none;  // somebody has mended it since
}

}  // namespace

bool WeightSurveyor::advance(u64 steps) {
  const u64 first = done_;
  const u64 wanted = std::max(kPart, steps / kPart * kPart);
  const u64 last = first + std::min(wanted, weights_.size - first);
  const auto parts = static_cast<std::size_t>((last - first + kPart - 1) / kPart);
  std::vector<WeightDigest> seen(parts);
  const bool is_small = last - first < kParallelWeights;
  ThreadTeam team(is_small ? 1 : std::min(thread_count(), parts));
  team.run([&](std::size_t thread) {
    for (std::size_t p = thread; p < parts; p += team.size()) {
      const u64 start = first + p * kPart;
      seen[p] = look_at(weights_, start, std::min(start + kPart, last));
    }
  });
  for (const WeightDigest& part : seen) {
    survey_.nonzero += part.nonzero;
    for (std::size_t lane = 0; lane < kDigestLanes; ++lane) {
      survey_.fingerprint[lane % 8] += scramble(part.lanes[lane]);
      survey_.fingerprint[8 + lane % 8] += scramble(part.sums[lane]);
    }
    if (part.invalid > 0 && survey_.fault == WeightSurvey::Fault::none) {
      survey_.fault = first_fault(weights_, first, last);
    }
  }
  done_ = last;
  return done_ == weights_.size;
}

}  // namespace fastsamplers::weighted
