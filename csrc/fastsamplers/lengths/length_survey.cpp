#include "fastsamplers/lengths/length_survey.hpp"

#include <algorithm>
#include <array>
#include <type_traits>
#include <vector>

#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::lengths {
namespace {

// Fewer are looked at by one thread: they take less than starting another.
constexpr u64 kParallelLengths = u64{1} << 18;

template <class T>
using Widest = std::conditional_t<std::is_signed_v<T>, i64, u64>;

template <class T>
std::size_t first_of(std::span<const T> block, T wanted) {
  return static_cast<std::size_t>(std::find(block.begin(), block.end(), wanted) - block.begin());
}

// Takes in a block of values that stands behind all that the survey has seen.
template <class T>
void take_in(LengthSurvey& survey, std::span<const T> block, u64 first) {
  T least = block[0];
  T greatest = block[0];
  for (const T value : block) {
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  u64 low_sum = 0;
  u64 high_sum = 0;
  for (const T value : block) {
    low_sum += static_cast<u64>(value) & 0xffffffff;
    if constexpr (sizeof(T) == 8) high_sum += static_cast<u64>(value) >> 32;
  }
  survey.low_sum += low_sum;
  survey.high_sum += high_sum;
  if (survey.count == 0 || Widest<T>{least} < static_cast<Widest<T>>(survey.least)) {
    survey.least = static_cast<u64>(Widest<T>{least});
    survey.first_least = first + first_of(block, least);
  }
  if (survey.count == 0 || Widest<T>{greatest} > static_cast<Widest<T>>(survey.greatest)) {
    survey.greatest = static_cast<u64>(Widest<T>{greatest});
    survey.first_greatest = first + first_of(block, greatest);
  }
  if constexpr (std::is_signed_v<T>) survey.has_negative |= least < 0;
  survey.count += block.size();
}

template <class T>
void look_at(const IntegerArray& values, u64 first, u64 last, LengthSurvey& survey) {
  std::array<T, kKeyBlock> copied;
  for (u64 i = first; i < last; i += kKeyBlock) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kKeyBlock, last - i));
    std::span<const T> block{copied.data(), count};
    if (is_contiguous<T>(values)) {
      block = {static_cast<const T*>(values.data) + i, count};
    } else {
      std::array<u64, kKeyBlock> wide;
      read_keys<u64>(values, {0, ~u64{0}, false}, i, {wide.data(), count});
      for (std::size_t k = 0; k < count; ++k) copied[k] = static_cast<T>(wide[k]);
    }
    take_in(survey, block, i);
  }
}

// What a survey of the values behind those of `survey` adds to it.
template <class T>
void join(LengthSurvey& survey, const LengthSurvey& next) {
  if (next.count == 0) return;
  if (survey.count == 0) {
    survey = next;
    return;
  }
  if (static_cast<Widest<T>>(next.least) < static_cast<Widest<T>>(survey.least)) {
    survey.least = next.least;
    survey.first_least = next.first_least;
  }
  if (static_cast<Widest<T>>(next.greatest) > static_cast<Widest<T>>(survey.greatest)) {
    survey.greatest = next.greatest;
    survey.first_greatest = next.first_greatest;
  }
  survey.low_sum += next.low_sum;
  survey.high_sum += next.high_sum;
  survey.has_negative |= next.has_negative;
  survey.count += next.count;
}

}  // namespace

bool LengthSurveyor::advance(u64 steps) {
  const u64 first = survey_.count;
  const u64 count = std::min(std::max<u64>(steps, kKeyBlock), values_.size - first);
  with_element_type(values_.type, [&]<class T>(std::type_identity<T>) {
    ThreadTeam team(count < kParallelLengths ? 1 : thread_count());
    std::vector<LengthSurvey> seen(team.size());
    const u64 part = count / team.size();
    team.run([&](std::size_t thread) {
      const u64 start = first + thread * part;
      const u64 end = thread + 1 < team.size() ? start + part : first + count;
      look_at<T>(values_, start, end, seen[thread]);
    });
    for (const LengthSurvey& next : seen) join<T>(survey_, next);
  });
  return survey_.count == values_.size;
}

}  // namespace fastsamplers::lengths
