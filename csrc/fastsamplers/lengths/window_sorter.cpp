#include "fastsamplers/lengths/window_sorter.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace fastsamplers::lengths {
namespace {

// Fewer are sorted by insertion.
constexpr std::size_t kDigitsFrom = 48;
constexpr u32 kDigitBits = 8;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
// Fewer indices are sorted by one thread.
constexpr u64 kParallelIndices = u64{1} << 16;

void sort_by_insertion(u64* items, std::size_t count) {
  for (std::size_t k = 1; k < count; ++k) {
    const u64 item = items[k];
    std::size_t place = k;
    for (; place > 0 && items[place - 1] >> 32 > item >> 32; --place) {
      items[place] = items[place - 1];
    }
    items[place] = item;
  }
}

}  // namespace

WindowSorter::WindowSorter(const IntegerArray& values, const KeyRule& rule, std::size_t most)
    : values_(values), rule_(rule) {
  if (is_narrow()) {
    keys_.resize(most);
    narrow_.resize(most);
    spare_.resize(most);
  } else {
    wide_keys_.resize(most);
    wide_.resize(most);
  }
}

void WindowSorter::sort(std::span<u32> indices) {
  is_narrow() ? sort_narrow(indices) : sort_wide(indices);
}

void WindowSorter::sort_narrow(std::span<u32> indices) {
  const std::size_t count = indices.size();
  gather_keys<u32>(values_, rule_, indices, keys_.data());
  for (std::size_t k = 0; k < count; ++k) narrow_[k] = u64{keys_[k]} << 32 | indices[k];
  count < kDigitsFrom ? sort_by_insertion(narrow_.data(), count) : sort_by_digits(count);
  for (std::size_t k = 0; k < count; ++k) indices[k] = static_cast<u32>(narrow_[k]);
}

void WindowSorter::sort_by_digits(std::size_t count) {
  const auto [least, greatest] = std::minmax_element(keys_.begin(), keys_.begin() + count);
  const u32 base = *least;
  const auto bits = static_cast<u32>(std::bit_width(*greatest - base));
  for (u32 shift = 0; shift < bits; shift += kDigitBits) {
    const auto digit_of = [&](u64 item) {
      return (static_cast<u32>(item >> 32) - base) >> shift & (kDigits - 1);
    };
    std::array<u32, kDigits> places{};
    for (std::size_t k = 0; k < count; ++k) ++places[digit_of(narrow_[k])];
    u32 start = 0;
    for (u32& place : places) start += std::exchange(place, start);
    for (std::size_t k = 0; k < count; ++k) spare_[places[digit_of(narrow_[k])]++] = narrow_[k];
    narrow_.swap(spare_);
  }
}

void WindowSorter::sort_wide(std::span<u32> indices) {
  const std::size_t count = indices.size();
  gather_keys<u64>(values_, rule_, indices, wide_keys_.data());
  for (std::size_t k = 0; k < count; ++k) {
    wide_[k] = {wide_keys_[k], static_cast<u32>(k), indices[k]};
  }
  // Not std::stable_sort, which may need memory.
  std::sort(wide_.begin(), wide_.begin() + static_cast<std::ptrdiff_t>(count),
            [](const Wide& a, const Wide& b) {
              return a.key != b.key ? a.key < b.key : a.place < b.place;
            });
  for (std::size_t k = 0; k < count; ++k) indices[k] = wide_[k].index;
}

std::vector<WindowSorter> window_sorters(const IntegerArray& values, const KeyRule& rule,
                                         u64 window, u64 count) {
  const u64 windows = count == 0 ? 0 : (count - 1) / window + 1;
  const std::size_t wanted = count < kParallelIndices ? 1 : thread_count();
  std::vector<WindowSorter> sorters;
  const auto most = static_cast<std::size_t>(std::min(window, count));
  for (u64 k = 0; k < std::min<u64>(wanted, std::max<u64>(windows, 1)); ++k) {
    sorters.emplace_back(values, rule, most);
  }
  return sorters;
}

}  // namespace fastsamplers::lengths
