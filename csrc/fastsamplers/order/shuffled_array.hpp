// Whole arrays of an index shuffle, by several threads, in parts between which a caller may look
// for signals or give up.
//
// Work: that of IndexShuffle, shared among thread_count() threads. Memory: none beside the array.
#pragma once

#include <span>

#include "fastsamplers/order/index_shuffle.hpp"

namespace fastsamplers::order {

// out[k] = the value at first + k * step.
class ShuffledRange {
 public:
  // std::invalid_argument when one of them does not.
  ShuffledRange(const IndexShuffle& shuffle, i64 first, i64 step, std::span<i64> out);

  // Computes about `steps` more; true when all are there.
  bool advance(u64 steps);

 private:
  const IndexShuffle& shuffle_;
  i64 first_;
  i64 step_;
  std::span<i64> out_;
  std::size_t done_ = 0;
};

// In place: the values at places, where -1 is the last place, -n the first.
class ShuffledPlaces {
 public:
  ShuffledPlaces(const IndexShuffle& shuffle, std::span<i64> places)
      : shuffle_(shuffle), places_(places) {}

  // std::out_of_range for a place not in [-n, n); what is behind it is untouched.
  bool advance(u64 steps);

 private:
  const IndexShuffle& shuffle_;
  std::span<i64> places_;
  std::size_t done_ = 0;
};

// In place: the places of values.
class PlacesOfValues {
 public:
  PlacesOfValues(const IndexShuffle& shuffle, std::span<i64> values)
      : shuffle_(shuffle), values_(values) {}

  // std::invalid_argument for a value not in [0, n); what is behind it is untouched.
  bool advance(u64 steps);

 private:
  const IndexShuffle& shuffle_;
  std::span<i64> values_;
  std::size_t done_ = 0;
};

// `index`, or index + n where it counts from the end; std::out_of_range unless -n <= index < n.
i64 place_of_index(const IndexShuffle& shuffle, i64 index);
// std::invalid_argument unless 0 <= value < n.
void check_value(const IndexShuffle& shuffle, i64 value);

}  // namespace fastsamplers::order
