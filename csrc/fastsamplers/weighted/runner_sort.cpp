#include "fastsamplers/weighted/runner_sort.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace fastsamplers::weighted {
namespace {

// Fewer are sorted by comparison.
constexpr std::size_t kRadixFrom = 64;
// A part of this size is sorted where it lies in cache: 256 KB with its numbers.
constexpr std::size_t kCached = 8192;
constexpr u32 kPlaceBits = 13;
static_assert(kCached == std::size_t{1} << kPlaceBits);
constexpr u32 kMostDealBits = 10;
// Parts of about this size are dealt for.
constexpr std::size_t kDealt = 4096;
constexpr u32 kDigitBits = 8;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;

// Where keys differ: the distance from the greatest, of which the upper `bits` are kept.
struct Distance {
  u64 greatest;
  u32 shift;
  u32 bits;

  Distance(const Runner* runners, std::size_t count, u32 most_bits) : greatest(0), shift(0) {
    u64 least = ~u64{0};
    for (std::size_t k = 0; k < count; ++k) {
      greatest = std::max(greatest, runners[k].key);
      least = std::min(least, runners[k].key);
    }
    bits = static_cast<u32>(std::bit_width(greatest - least));
    if (bits > most_bits) {
      shift = bits - most_bits;
      bits = most_bits;
    }
  }
  u64 of(const Runner& runner) const { return (greatest - runner.key) >> shift; }
};

class Sorter {
 public:
  // Sorts data[0 .. count - 1] with the help of as much at `spare`; the result lies in `spare` if
  // to_spare, else in `data`.
  void sort(Runner* data, Runner* spare, std::size_t count, bool to_spare) {
    if (count < kRadixFrom) {
      std::sort(data, data + count);
      if (to_spare) std::copy_n(data, count, spare);
    } else if (count <= kCached) {
      sort_cached(data, spare, count);
      if (!to_spare) std::copy_n(spare, count, data);
    } else {
      deal(data, spare, count, to_spare);
    }
  }

 private:
  void deal(Runner* data, Runner* spare, std::size_t count, bool to_spare) {
    const auto wanted = static_cast<u32>(std::bit_width(count / kDealt));
    const Distance distance(data, count, std::min(wanted, kMostDealBits));
    if (distance.bits == 0) {  // all keys are equal
      std::sort(data, data + count);
      if (to_spare) std::copy_n(data, count, spare);
      return;
    }
    std::array<std::size_t, (std::size_t{1} << kMostDealBits) + 1> ends{};
    for (std::size_t k = 0; k < count; ++k) ++ends[distance.of(data[k]) + 1];
    for (std::size_t part = 1; part < ends.size(); ++part) ends[part] += ends[part - 1];
    for (std::size_t k = 0; k < count; ++k) spare[ends[distance.of(data[k])]++] = data[k];
    // Each part has moved its start to its end.
    std::size_t start = 0;
    for (const std::size_t end : ends) {
      if (end > start) sort(spare + start, data + start, end - start, !to_spare);
      start = end;
    }
  }

  void sort_cached(const Runner* data, Runner* sorted, std::size_t count) {
    // Twelve bits more than places leave one pair in a thousand equal.
    const auto wanted = static_cast<u32>(std::bit_width(count)) + 11;
    const Distance distance(data, count, wanted);
    for (std::size_t k = 0; k < count; ++k) {
      numbers_[k] = (distance.of(data[k]) << kPlaceBits) | k;
    }
    for (u32 bit = 0; bit < distance.bits; bit += kDigitBits) sort_digit(kPlaceBits + bit, count);
    for (std::size_t k = 0; k < count; ++k) sorted[k] = data[numbers_[k] & (kCached - 1)];
    for (std::size_t start = 0; start < count;) {
      std::size_t end = start + 1;
      while (end < count && numbers_[end] >> kPlaceBits == numbers_[start] >> kPlaceBits) ++end;
      if (end - start > 1) std::sort(sorted + start, sorted + end);
      start = end;
    }
  }

  void sort_digit(u32 shift, std::size_t count) {
    std::array<u32, kDigits> places{};
    for (std::size_t k = 0; k < count; ++k) ++places[(numbers_[k] >> shift) & (kDigits - 1)];
    u32 start = 0;
    for (u32& place : places) {
      const u32 size = place;
      place = start;
      start += size;
    }
    for (std::size_t k = 0; k < count; ++k) {
      scratch_[places[(numbers_[k] >> shift) & (kDigits - 1)]++] = numbers_[k];
    }
    numbers_.swap(scratch_);
  }

  PageVector<u64> numbers_ = PageVector<u64>(kCached);
  PageVector<u64> scratch_ = PageVector<u64>(kCached);
};

}  // namespace

void sort_runners(PageVector<Runner>& runners) {
  if (runners.size() < kRadixFrom) {
    std::sort(runners.begin(), runners.end());
    return;
  }
  PageVector<Runner> spare(runners.size());
  Sorter().sort(runners.data(), spare.data(), runners.size(), false);
}

}  // namespace fastsamplers::weighted
