// Weights as users give them: any bits, in arrays of either type, at any distance.
#pragma once

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "fastsamplers/weighted/weights.hpp"
#include "input.hpp"
#include "weighted/weight_kinds.hpp"

namespace fastsamplers::fuzz {

// A weight of any bits.
inline double any_weight(Input& input) {
  switch (input.below(4)) {
    case 0: return std::bit_cast<double>(input.take<u64>());
    case 1: return std::bit_cast<float>(input.take<u32>());
    case 2: {
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      return input.pick(std::vector<double>{0.0, -0.0, kInfinity, -kInfinity, std::nan(""), 1.0,
                                            std::numeric_limits<double>::denorm_min()});
    }
    default: return static_cast<double>(input.below(5));
  }
}

// Weights that may be drawn from: finite, not negative, one of them not zero.
inline std::vector<double> valid_weights(Input& input, test::Precision precision,
                                         std::size_t most) {
  const auto kind = input.pick(test::kWeightKinds);
  std::vector<double> weights = test::weights_of(kind, precision, 1 + input.below(most));
  for (u64 edits = input.below(20); edits > 0; --edits) {
    double weight = std::abs(any_weight(input));
    if (precision == test::Precision::f32) weight = static_cast<float>(weight);
    if (std::isfinite(weight)) weights[input.below(weights.size())] = weight;
  }
  bool is_zero = true;
  for (const double weight : weights) is_zero = is_zero && weight == 0;
  if (is_zero) weights[0] = 1;
  return weights;
}

// Elements so many bytes apart, in memory that ends with the last of them.
class LaidOutWeights {
 public:
  LaidOutWeights(const std::vector<double>& values, test::Storage storage,
                 test::Precision precision, i64 stride) {
    const std::size_t size = storage == test::Storage::f64 ? sizeof(double) : sizeof(float);
    const auto apart = static_cast<std::size_t>(std::abs(stride));
    memory_.resize(values.empty() ? size : (values.size() - 1) * apart + size);
    char* const first = memory_.data() + (stride < 0 ? memory_.size() - size : 0);
    for (std::size_t k = 0; k < values.size(); ++k) {
      char* const place = first + static_cast<i64>(k) * stride;
      const auto narrow = static_cast<float>(values[k]);
      if (storage == test::Storage::f64) {
        std::memcpy(place, &values[k], size);
      } else {
        std::memcpy(place, &narrow, size);
      }
    }
    weights_ = {first, values.size(), stride, storage, precision};
  }
  LaidOutWeights(const LaidOutWeights&) = delete;
  LaidOutWeights& operator=(const LaidOutWeights&) = delete;

  const weighted::Weights& weights() const { return weights_; }

 private:
  std::vector<char> memory_;
  weighted::Weights weights_;
};

inline i64 stride_of(Input& input, test::Storage storage) {
  const i64 size = storage == test::Storage::f64 ? sizeof(double) : sizeof(float);
  return input.pick(std::vector<i64>{size, size, 2 * size, -size, size + 1, -3 * size - 1});
}

}  // namespace fastsamplers::fuzz
