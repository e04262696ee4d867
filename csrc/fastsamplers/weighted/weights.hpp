// Weights where they lie: an array of double or float of somebody else's, read block by block.
//
// float is widened as it is read, which is exact, so that no copy of the whole is ever made.
// Threads: pure functions.
#pragma once

#include <array>
#include <span>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::weighted {

// What torch computes in: the type of the tensor that it was given.
enum class Precision : u8 { f64, f32 };

struct Weights {
  enum class Storage : u8 { f64, f32 };

  const void* data = nullptr;
  u64 size = 0;
  i64 stride = 0;  // bytes from one to the next; any, also 0 and below
  Storage storage = Storage::f64;
  Precision precision = Precision::f64;
};

// Weights read at a time: they stay in the first-level cache.
inline constexpr std::size_t kWeightBlock = 1024;
using WeightBlock = std::array<double, kWeightBlock>;

// Weights first .. first + count - 1, count <= kWeightBlock: in place where they are doubles side
// by side, else in `block`.
const double* read_weights(const Weights& weights, u64 first, std::size_t count,
                           WeightBlock& block);

}  // namespace fastsamplers::weighted
