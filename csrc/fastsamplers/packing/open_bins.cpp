#include "fastsamplers/packing/open_bins.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace fastsamplers::packing {
namespace {

// The sets of more would be 14 MB, most of them never used.
constexpr u64 kMostListed = u64{1} << 18;

}  // namespace

void BinSet::add(u32 bin) {
  if (!is_sorted_) {
    early_.push_back(bin);
    return;
  }
  late_.push_back(bin);
  std::push_heap(late_.begin(), late_.end(), std::greater<>());
}

u32 BinSet::take_first() {
  if (!is_sorted_) {
    if (std::is_sorted(early_.begin(), early_.end())) {
      std::reverse(early_.begin(), early_.end());
    } else {
      std::sort(early_.begin(), early_.end(), std::greater<>());
    }
    is_sorted_ = true;
  }
  if (late_.empty() || (!early_.empty() && early_.back() < late_.front())) {
    const u32 bin = early_.back();
    early_.pop_back();
    return bin;
  }
  std::pop_heap(late_.begin(), late_.end(), std::greater<>());
  const u32 bin = late_.back();
  late_.pop_back();
  return bin;
}

OpenBins::OpenBins(u64 capacity) {
  if (capacity > kMostListed) return;
  const auto sets = static_cast<std::size_t>(capacity) + 1;
  listed_.resize(sets);
  for (std::size_t words = (sets + 63) / 64;; words = (words + 63) / 64) {
    bitmap_.emplace_back(words);
    if (words == 1) break;
  }
}

BinSet* OpenBins::best_fit(u64 length, u64& remaining) {
  if (listed_.empty()) {
    const auto found = mapped_.lower_bound(length);
    if (found == mapped_.end()) return nullptr;
    remaining = found->first;
    return &found->second;
  }
  remaining = find(length);
  return remaining == kNone ? nullptr : &listed_[remaining];
}

void OpenBins::add(u32 bin, u64 remaining) {
  if (listed_.empty()) {
    mapped_[remaining].add(bin);
    return;
  }
  if (listed_[remaining].is_empty()) mark(remaining);
  listed_[remaining].add(bin);
}

void OpenBins::settle(u64 remaining) {
  if (listed_.empty()) {
    const auto found = mapped_.find(remaining);
    if (found != mapped_.end() && found->second.is_empty()) mapped_.erase(found);
  } else if (listed_[remaining].is_empty()) {
    unmark(remaining);
  }
}

u64 OpenBins::find(u64 number) const {
  if (number >= listed_.size()) return kNone;
  std::size_t level = 0;
  // Up to a word that has a bit from here on, then down to its least.
  while (true) {
    const u64 word = bitmap_[level][number / 64] >> (number % 64);
    if (word != 0) {
      number += static_cast<u64>(std::countr_zero(word));
      break;
    }
    number = number / 64 + 1;
    ++level;
    if (level == bitmap_.size() || number / 64 >= bitmap_[level].size()) return kNone;
  }
  while (level > 0) {
    --level;
    number = number * 64 + static_cast<u64>(std::countr_zero(bitmap_[level][number]));
  }
  return number;
}

void OpenBins::mark(u64 number) {
  for (auto& words : bitmap_) {
    words[number / 64] |= u64{1} << (number % 64);
    number /= 64;
  }
}

void OpenBins::unmark(u64 number) {
  for (auto& words : bitmap_) {
    words[number / 64] &= ~(u64{1} << (number % 64));
    if (words[number / 64] != 0) return;
    number /= 64;
  }
}

}  // namespace fastsamplers::packing
