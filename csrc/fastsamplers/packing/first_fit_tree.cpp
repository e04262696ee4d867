#include "fastsamplers/packing/first_fit_tree.hpp"

#include <algorithm>

namespace fastsamplers::packing {
namespace {

constexpr u64 kFanOut = 8;

// The first of the children from `first` on that is at least `length`; there is one among eight.
u64 first_child(const std::vector<u64>& level, u64 first, u64 length) {
  while (level[first] < length) ++first;
  return first;
}

}  // namespace

u64 FirstFitTree::first_fit(u64 length) const {
  const auto& top = levels_.back();
  u64 place = 0;
  while (place < top.size() && top[place] < length) ++place;  // at most eight
  if (place == top.size()) return kNone;
  for (std::size_t level = levels_.size() - 1; level > 0; --level) {
    place = first_child(levels_[level - 1], place * kFanOut, length);
  }
  return place;
}

void FirstFitTree::append(u64 remaining) {
  levels_[0].push_back(remaining);
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const std::size_t nodes = (levels_[level].size() + kFanOut - 1) / kFanOut;
    if (level + 1 == levels_.size()) {
      if (levels_[level].size() <= kFanOut) break;
      levels_.emplace_back();
    }
    levels_[level + 1].resize(nodes);
  }
  // A new level begins with the maxima of all nodes below, an old one with one more.
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    auto& maxima = levels_[level];
    const auto& below = levels_[level - 1];
    for (std::size_t node = maxima.size() <= 2 ? 0 : maxima.size() - 1; node < maxima.size();
         ++node) {
      const auto first = below.begin() + static_cast<std::ptrdiff_t>(node * kFanOut);
      const auto count = std::min<std::size_t>(kFanOut, below.size() - node * kFanOut);
      maxima[node] = *std::max_element(first, first + static_cast<std::ptrdiff_t>(count));
    }
  }
}

void FirstFitTree::set(u64 bin, u64 remaining) {
  levels_[0][bin] = remaining;
  renew_above(bin);
}

void FirstFitTree::renew_above(u64 place) {
  for (std::size_t level = 1; level < levels_.size(); ++level) {
    const auto& below = levels_[level - 1];
    place /= kFanOut;
    const std::size_t first = place * kFanOut;
    const std::size_t end = std::min<std::size_t>(first + kFanOut, below.size());
    u64 most = 0;
    for (std::size_t child = first; child < end; ++child) most = std::max(most, below[child]);
    if (levels_[level][place] == most) return;
    levels_[level][place] = most;
  }
}

}  // namespace fastsamplers::packing
