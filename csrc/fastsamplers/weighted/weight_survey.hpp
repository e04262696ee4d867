// One look at all weights before any is used: are they valid, how many can be drawn, and are they
// still the ones that a table was made of.
//
// Source: the checks of at::native multinomial. The fingerprint sums up the digests of parts
// (weight_digest.hpp): one changed weight always shows, and so do other changes but for one in
// about 2^64, unless they are made to deceive, which is not what this guards against.
// Work: 0.3-0.6 ns a weight, shared among threads. Memory: a digest for each 65,536 weights.
#pragma once

#include <array>

#include "fastsamplers/weighted/weights.hpp"

namespace fastsamplers::weighted {

struct WeightSurvey {
  enum class Fault : u8 { none, negative, not_finite };

  // Of the first weight that is not valid; NaN counts as negative, as it does in torch's
  // comparison.
  Fault fault = Fault::none;
  u64 nonzero = 0;
  std::array<u64, 16> fingerprint{};  // of the lanes, and of their sums

  bool operator==(const WeightSurvey&) const = default;
};

// In parts, for callers who want to be interruptible; no result depends on how it is cut.
class WeightSurveyor {
 public:
  explicit WeightSurveyor(const Weights& weights) : weights_(weights) {}

  // Looks at about `steps` more; true when none is left.
  bool advance(u64 steps);
  const WeightSurvey& survey() const { return survey_; }

 private:
  Weights weights_;
  u64 done_ = 0;
  WeightSurvey survey_;
};

}  // namespace fastsamplers::weighted
