#include "fastsamplers/order/shuffled_array.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::order {
namespace {

// Fewer indices take less than starting a thread.
constexpr std::size_t kParallelIndices = std::size_t{1} << 18;

// The next part of `all`, about `steps` long.
std::span<i64> next_part(std::span<i64> all, std::size_t done, u64 steps) {
  const std::size_t rest = all.size() - done;
  return all.subspan(done, static_cast<std::size_t>(std::min<u64>(std::max<u64>(1, steps), rest)));
}

void check_below(const IndexShuffle& shuffle, const char* name, i64 value) {
  if (static_cast<u64>(value) < shuffle.size()) return;
  const std::string rule = "in [0, " + std::to_string(shuffle.size()) + ")";
  check_argument(false, name, rule.c_str(), value);
}

}  // namespace

i64 place_of_index(const IndexShuffle& shuffle, i64 index) {
  const auto n = static_cast<i64>(shuffle.size());
  if (index >= -n && index < n) return index < 0 ? index + n : index;
  const std::string size = std::to_string(n);
  throw std::out_of_range("index should be in [-" + size + ", " + size +
                          "), but got index=" + std::to_string(index));
}

void check_value(const IndexShuffle& shuffle, i64 value) { check_below(shuffle, "value", value); }

ShuffledRange::ShuffledRange(const IndexShuffle& shuffle, i64 first, i64 step, std::span<i64> out)
    : shuffle_(shuffle), first_(first), step_(step), out_(out) {
  if (out.empty()) return;
  check_below(shuffle, "first", first);
  const u64 room =
      step < 0 ? static_cast<u64>(first) : shuffle.size() - 1 - static_cast<u64>(first);
  const u64 distance = step < 0 ? -static_cast<u64>(step) : static_cast<u64>(step);
  check_argument(distance == 0 || (out.size() - 1) <= room / distance, "step",
                 "small enough that the range stays within the shuffle", step);
}

bool ShuffledRange::advance(u64 steps) {
  const std::span<i64> part = next_part(out_, done_, steps);
  run_on_ranges(part.size(), kParallelIndices, [&](u64 first, u64 end) {
    // In u64: past the last index the sum may not fit.
    const u64 start = static_cast<u64>(first_) + (done_ + first) * static_cast<u64>(step_);
    shuffle_.values_of_range(static_cast<i64>(start), step_, part.subspan(first, end - first));
  });
  done_ += part.size();
  return done_ == out_.size();
}

bool ShuffledPlaces::advance(u64 steps) {
  const std::span<i64> part = next_part(places_, done_, steps);
  for (i64& place : part) place = place_of_index(shuffle_, place);
  run_on_ranges(part.size(), kParallelIndices,
                [&](u64 first, u64 end) { shuffle_.values_at(part.subspan(first, end - first)); });
  done_ += part.size();
  return done_ == places_.size();
}

bool PlacesOfValues::advance(u64 steps) {
  const std::span<i64> part = next_part(values_, done_, steps);
  for (const i64 value : part) check_value(shuffle_, value);
  run_on_ranges(part.size(), kParallelIndices,
                [&](u64 first, u64 end) { shuffle_.places_of(part.subspan(first, end - first)); });
  done_ += part.size();
  return done_ == values_.size();
}

}  // namespace fastsamplers::order
