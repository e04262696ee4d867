#include "fastsamplers/weighted/weights.hpp"

#include <cstring>

namespace fastsamplers::weighted {
namespace {

template <class Value>
void widen(const std::byte* from, i64 stride, std::size_t count, double* out) {
  if (stride == static_cast<i64>(sizeof(Value))) {
    for (std::size_t k = 0; k < count; ++k) {
      Value value;
      std::memcpy(&value, from + k * sizeof(Value), sizeof(Value));  // wherever it lies
      out[k] = static_cast<double>(value);
    }
    return;
  }
  for (std::size_t k = 0; k < count; ++k) {
    Value value;
    std::memcpy(&value, from + static_cast<i64>(k) * stride, sizeof(Value));
    out[k] = static_cast<double>(value);
  }
}

}  // namespace

const double* read_weights(const Weights& weights, u64 first, std::size_t count,
                           WeightBlock& block) {
  const auto* const from =
      static_cast<const std::byte*>(weights.data) + static_cast<i64>(first) * weights.stride;
  if (weights.storage == Weights::Storage::f32) {
    widen<float>(from, weights.stride, count, block.data());
    return block.data();
  }
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(from) % alignof(double) == 0;
  if (weights.stride == static_cast<i64>(sizeof(double)) && is_aligned) {
    return reinterpret_cast<const double*>(from);
  }
  widen<double>(from, weights.stride, count, block.data());
  return block.data();
}

}  // namespace fastsamplers::weighted
