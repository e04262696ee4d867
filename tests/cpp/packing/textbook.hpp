// Bin packing as the textbooks have it, sequence by sequence and bin by bin, and lengths to pack.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "fastsamplers/packing/packing.hpp"
#include "lengths/length_arrays.hpp"

namespace fastsamplers::test {

using packing::PackingRule;

inline constexpr std::array<PackingRule, 3> kPackingRules = {
    PackingRule::best_fit_decreasing, PackingRule::first_fit_decreasing, PackingRule::sequential};

inline std::string name_of(PackingRule rule) {
  switch (rule) {
    case PackingRule::best_fit_decreasing: return "best fit";
    case PackingRule::first_fit_decreasing: return "first fit";
    case PackingRule::sequential: break;
  }
  return "sequential";
}

struct PlainBin {
  u64 left = 0;
  std::vector<u32> indices;
};

// The bin a length goes into, or bins.size() for a new one.
inline std::size_t plain_choice(const std::vector<PlainBin>& bins, u64 length, PackingRule rule) {
  const std::size_t none = bins.size();
  std::size_t chosen = none;
  const std::size_t first = rule == PackingRule::sequential && none > 0 ? none - 1 : 0;
  for (std::size_t bin = first; bin < none; ++bin) {
    if (bins[bin].left < length) continue;
    if (rule != PackingRule::best_fit_decreasing) return bin;
    if (chosen == none || bins[bin].left < bins[chosen].left) chosen = bin;
  }
  return chosen;
}

inline std::vector<PlainBin> plain_packing(const std::vector<u64>& lengths, u64 capacity,
                                           PackingRule rule) {
  std::vector<u32> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  if (rule != PackingRule::sequential) sort_by_value(lengths, order, true);
  std::vector<PlainBin> bins;
  for (const u32 index : order) {
    const std::size_t bin = plain_choice(bins, lengths[index], rule);
    if (bin == bins.size()) bins.push_back({capacity, {}});
    bins[bin].left -= lengths[index];
    bins[bin].indices.push_back(index);
  }
  return bins;
}

// The first bin that differs, of those and in how many there are; all the same: no number of any.
inline constexpr std::size_t kSameBins = static_cast<std::size_t>(-1);
inline std::size_t first_different_bin(const packing::Bins& bins,
                                       const std::vector<PlainBin>& expected) {
  for (std::size_t bin = 0; bin < std::min<u64>(bins.count(), expected.size()); ++bin) {
    const auto indices = bins.of(bin);
    if (!std::equal(indices.begin(), indices.end(), expected[bin].indices.begin(),
                    expected[bin].indices.end())) {
      return bin;
    }
  }
  return bins.count() == expected.size() ? kSameBins : std::min<u64>(bins.count(), expected.size());
}

inline packing::Bins packed(const IntegerArray& array, const lengths::LengthSurvey& survey,
                            u64 capacity, PackingRule rule, u64 steps) {
  packing::Packing packing(array, survey, capacity, rule);
  while (!packing.advance(steps)) {
  }
  return packing.take();
}

// Lengths in [0, capacity] of many shapes.
enum class Shape : u8 { uniform, small, halves, few, zeros, equal, full, tiny_and_full };
inline constexpr std::array<Shape, 8> kShapes = {Shape::uniform, Shape::small,        Shape::halves,
                                                 Shape::few,     Shape::zeros,        Shape::equal,
                                                 Shape::full,    Shape::tiny_and_full};

inline u64 length_of(Shape shape, u64 capacity, Random& random) {
  const auto up_to = [&](u64 most) { return most == ~u64{0} ? random() : random() % (most + 1); };
  switch (shape) {
    case Shape::uniform: return up_to(capacity);
    case Shape::small: return up_to(capacity / 5);
    case Shape::halves:
      return std::min(capacity, capacity / 2 - capacity / 20 + up_to(capacity / 9));
    case Shape::few: return capacity / 7 * (random() % 5);
    case Shape::zeros: return random() % 3 == 0 ? up_to(capacity) : 0;
    case Shape::equal: return capacity / 3;
    case Shape::full: return capacity;
    case Shape::tiny_and_full: break;
  }
  return random() % 4 == 0 ? capacity : up_to(std::min<u64>(capacity, 3));
}

inline std::vector<u64> lengths_of(Shape shape, u64 capacity, std::size_t count, Random& random) {
  std::vector<u64> lengths(count);
  for (u64& length : lengths) length = length_of(shape, capacity, random);
  return lengths;
}

}  // namespace fastsamplers::test
