#include "fastsamplers/order/sparse_shuffle.hpp"

#include <bit>

namespace fastsamplers::order {

SparseShuffle::SparseShuffle(std::size_t capacity) {
  // At most one new place a step: the table stays at most half full.
  const std::size_t slots = std::bit_ceil(2 * capacity);
  places_.assign(slots, kFree);
  held_.resize(slots);
  values_.reserve(capacity);
  shift_ = 32 - std::countr_zero(slots);
}

// The slot that holds `place`, or the free one where it would stand.
std::size_t SparseShuffle::find(u32 place) const {
  const std::size_t mask = places_.size() - 1;
  // Multiplicative (Fibonacci) hashing: targets are uniform, but final places are consecutive.
  std::size_t slot = (place * 2654435769U) >> shift_;
  while (places_[slot] != kFree && places_[slot] != place) slot = (slot + 1) & mask;
  return slot;
}

void SparseShuffle::step(u32 target) {
  const auto here = static_cast<u32>(values_.size());
  const std::size_t mine = find(here);
  const u32 value_here = places_[mine] == kFree ? here : held_[mine];
  if (target == here) {
    values_.push_back(value_here);
    return;
  }
  const std::size_t other = find(target);
  values_.push_back(places_[other] == kFree ? target : held_[other]);
  places_[other] = target;
  held_[other] = value_here;
}

void SparseShuffle::pour(std::span<u32> places) const {
  const std::size_t final_places = values_.size();
  for (std::size_t i = 0; i < final_places; ++i) places[i] = static_cast<u32>(i) ^ values_[i];
  for (std::size_t slot = 0; slot < places_.size(); ++slot) {
    const u32 place = places_[slot];
    if (place != kFree && place >= final_places) places[place] = place ^ held_[slot];
  }
}

}  // namespace fastsamplers::order
