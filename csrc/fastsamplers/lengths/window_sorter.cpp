#include "fastsamplers/lengths/window_sorter.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace fastsamplers::lengths {
namespace {

// Fewer are sorted by insertion.
constexpr std::size_t kDigitsFrom = 48;
// Bits of a digit: more for larger windows, since a pass also walks through its buckets. 1,600 keys
// of 12 bits: one pass 2.4 ns a key, two passes of 6 bits 3.3.
constexpr u32 kLeastDigitBits = 8;
constexpr u32 kMostDigitBits = 12;
constexpr std::size_t kDigits = std::size_t{1} << kMostDigitBits;
constexpr u32 kMostPasses = 32 / kLeastDigitBits;
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

// No more than there are windows.
u64 sorter_count(u64 window, u64 count) {
  const u64 windows = count == 0 ? 1 : (count - 1) / window + 1;
  return count < kParallelIndices ? 1 : std::min<u64>(thread_count(), windows);
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
  if (count < 2) return;
  gather_keys<u32>(values_, rule_, indices, keys_.data());
  u32 least = keys_[0];
  u32 greatest = keys_[0];
  for (std::size_t k = 1; k < count; ++k) {
    least = std::min(least, keys_[k]);
    greatest = std::max(greatest, keys_[k]);
  }
  for (std::size_t k = 0; k < count; ++k) {
    narrow_[k] = u64{keys_[k] - least} << 32 | indices[k];
  }
  if (count >= kDigitsFrom) {
    sort_by_digits(indices, static_cast<u32>(std::bit_width(greatest - least)));
    return;
  }
  sort_by_insertion(narrow_.data(), count);
  for (std::size_t k = 0; k < count; ++k) indices[k] = static_cast<u32>(narrow_[k]);
}

void WindowSorter::sort_by_digits(std::span<u32> indices, u32 bits) {
  if (bits == 0) return;
  const std::size_t count = indices.size();
  const u32 most_bits =
      std::clamp(static_cast<u32>(std::bit_width(count)) + 1, kLeastDigitBits, kMostDigitBits);
  const u32 passes = (bits + most_bits - 1) / most_bits;
  const u32 digit_bits = (bits + passes - 1) / passes;
  const u64 mask = (u64{1} << digit_bits) - 1;
  std::array<std::array<u32, kDigits>, kMostPasses> places;  // 64 KB, of which the passes use parts
  for (u32 pass = 0; pass < passes; ++pass) std::fill_n(places[pass].begin(), mask + 1, 0);
  for (std::size_t k = 0; k < count; ++k) {
    u64 key = narrow_[k] >> 32;
    for (u32 pass = 0; pass < passes; ++pass, key >>= digit_bits) ++places[pass][key & mask];
  }
  for (u32 pass = 0; pass < passes; ++pass) {
    u32* const next = places[pass].data();
    u32 start = 0;
    for (u64 digit = 0; digit <= mask; ++digit) start += std::exchange(next[digit], start);
    const u32 shift = 32 + pass * digit_bits;
    if (pass + 1 < passes) {
      for (std::size_t k = 0; k < count; ++k) {
        spare_[next[narrow_[k] >> shift & mask]++] = narrow_[k];
      }
      narrow_.swap(spare_);
    } else {
      for (std::size_t k = 0; k < count; ++k) {
        indices[next[narrow_[k] >> shift & mask]++] = static_cast<u32>(narrow_[k]);
      }
    }
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

u64 window_sorter_bytes(u64 range, u64 window, u64 count) {
  // keys_, narrow_ and spare_, or wide_keys_ and wide_.
  constexpr u64 kNarrow = sizeof(u32) + 2 * sizeof(u64);
  constexpr u64 kWide = sizeof(u64) + 16;
  return sorter_count(window, count) * std::min(window, count) *
         (range >> 32 == 0 ? kNarrow : kWide);
}

std::vector<WindowSorter> window_sorters(const IntegerArray& values, const KeyRule& rule,
                                         u64 window, u64 count) {
  std::vector<WindowSorter> sorters;
  const auto most = static_cast<std::size_t>(std::min(window, count));
  const u64 wanted = sorter_count(window, count);
  sorters.reserve(wanted);
  for (u64 k = 0; k < wanted; ++k) sorters.emplace_back(values, rule, most);
  return sorters;
}

}  // namespace fastsamplers::lengths
