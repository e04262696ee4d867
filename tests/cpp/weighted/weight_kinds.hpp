// Weights of many shapes, and arrays that hold them as double or as float.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "fastsamplers/weighted/weights.hpp"

namespace fastsamplers::test {

using weighted::Precision;
using weighted::Weights;
using Storage = Weights::Storage;

inline constexpr std::array<Precision, 2> kPrecisions = {Precision::f64, Precision::f32};

enum class WeightKind : u8 {
  uniform,
  pareto,
  mostly_zeros,
  trailing_zeros,
  leading_zeros,
  one_huge,  // among tiny ones: their shares fall into one line of a table
  denormal,
  overflowing,  // the sum is infinite from a few on
  equal,
};
inline constexpr std::array<WeightKind, 9> kWeightKinds = {
    WeightKind::uniform,        WeightKind::pareto,        WeightKind::mostly_zeros,
    WeightKind::trailing_zeros, WeightKind::leading_zeros, WeightKind::one_huge,
    WeightKind::denormal,       WeightKind::overflowing,   WeightKind::equal};

std::string name_of(WeightKind kind);
std::string name_of(Precision precision);

// n valid weights that `precision` can represent, at least one of them not zero.
std::vector<double> weights_of(WeightKind kind, Precision precision, std::size_t n);

// An array of `values`, which storage must be able to represent.
class StoredWeights {
 public:
  StoredWeights(const std::vector<double>& values, Storage storage, Precision precision);
  // Stored as torch would in a tensor of that precision.
  StoredWeights(const std::vector<double>& values, Precision precision);

  Weights weights() const;
  void set(std::size_t place, double value);

 private:
  Storage storage_;
  Precision precision_;
  std::vector<double> doubles_;
  std::vector<float> floats_;
};

}  // namespace fastsamplers::test
