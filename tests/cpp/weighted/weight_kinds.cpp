#include "weight_kinds.hpp"

#include <cmath>
#include <limits>
#include <random>

namespace fastsamplers::test {
namespace {

constexpr double kMostDouble = std::numeric_limits<double>::max();
constexpr double kMostFloat = std::numeric_limits<float>::max();

double weight_of(WeightKind kind, Precision precision, std::size_t place, std::size_t n,
                 double uniform) {
  const bool is_double = precision == Precision::f64;
  switch (kind) {
    case WeightKind::uniform: return uniform;
    case WeightKind::pareto: return std::pow(uniform, -1.5);
    case WeightKind::mostly_zeros: return uniform < 0.1 || place == n / 2 ? uniform : 0;
    case WeightKind::trailing_zeros: return place < n - n / 2 ? uniform : 0;
    case WeightKind::leading_zeros: return place < n / 2 ? 0 : uniform;
    case WeightKind::one_huge: return place == n / 3 ? 1 : is_double ? 0x1p-50 : 0x1p-26;
    case WeightKind::denormal:
      return std::ceil(uniform * 1000) * (is_double ? 0x1p-1074 : 0x1p-149);
    case WeightKind::overflowing: return (is_double ? kMostDouble : kMostFloat) / 8 * (1 + uniform);
    default: return 0.7;
  }
}

}  // namespace

std::string name_of(WeightKind kind) {
  switch (kind) {
    case WeightKind::uniform: return "uniform";
    case WeightKind::pareto: return "pareto";
    case WeightKind::mostly_zeros: return "mostly zeros";
    case WeightKind::trailing_zeros: return "trailing zeros";
    case WeightKind::leading_zeros: return "leading zeros";
    case WeightKind::one_huge: return "one huge";
    case WeightKind::denormal: return "denormal";
    case WeightKind::overflowing: return "overflowing";
    default: return "equal";
  }
}

std::string name_of(Precision precision) { return precision == Precision::f64 ? "f64" : "f32"; }

std::vector<double> weights_of(WeightKind kind, Precision precision, std::size_t n) {
  std::mt19937 random(static_cast<u32>(n));
  std::vector<double> weights(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double uniform = (random() + 1.0) * 0x1p-32;
    const double weight = weight_of(kind, precision, i, n, uniform);
    weights[i] = precision == Precision::f64 ? weight : static_cast<float>(weight);
  }
  return weights;
}

StoredWeights::StoredWeights(const std::vector<double>& values, Storage storage,
                             Precision precision)
    : storage_(storage), precision_(precision) {
  if (storage == Storage::f64) {
    doubles_ = values;
  } else {
    for (const double value : values) floats_.push_back(static_cast<float>(value));
  }
}

StoredWeights::StoredWeights(const std::vector<double>& values, Precision precision)
    : StoredWeights(values, precision == Precision::f64 ? Storage::f64 : Storage::f32, precision) {}

Weights StoredWeights::weights() const {
  if (storage_ == Storage::f64) {
    return {doubles_.data(), doubles_.size(), sizeof(double), storage_, precision_};
  }
  return {floats_.data(), floats_.size(), sizeof(float), storage_, precision_};
}

void StoredWeights::set(std::size_t place, double value) {
  if (storage_ == Storage::f64) {
    doubles_[place] = value;
  } else {
    floats_[place] = static_cast<float>(value);
  }
}

}  // namespace fastsamplers::test
