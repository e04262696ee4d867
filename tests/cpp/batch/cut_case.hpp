// Cuts of a budget by the plain definition, and making one.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "fastsamplers/batch/token_cut.hpp"
#include "lengths/length_arrays.hpp"

namespace fastsamplers::test {

// The bits of a length from its highest on, six of them, and how many follow.
inline std::pair<u64, u64> plain_class(u64 length, u64 end = 64) {
  u64 follow = 0;
  for (; length >= end; length /= 2) ++follow;
  return {follow, length};
}

// What samples of a class have in common: the class of the length, of nine bits where few are added
// up; and how many samples fit where it is the longest, if these are few.
inline std::pair<std::pair<u64, u64>, u64> plain_key(u64 length, const batch::TokenRule& rule) {
  const bool are_few = length > 0 && rule.budget / length <= 64;
  const u64 end = rule.is_sum && are_few ? 512 : 64;
  u64 limit = 65;
  if (!rule.is_sum) {
    const u64 fitting = rule.limit    ? rule.limit(length)
                        : length == 0 ? ~u64{0}
                                      : rule.budget / length;
    limit = std::min({limit, fitting, rule.max_samples});
  }
  return {plain_class(length, end), limit};
}

struct PlainCut {
  std::vector<u32> indices;
  std::vector<u64> longest;   // of the class of each sample
  std::vector<u64> class_at;  // number of its class
  std::vector<u64> ends;
};

// Sample by sample, until the next one is too much.
inline u64 plain_samples(const PlainCut& cut, u64 first, const batch::TokenRule& rule) {
  const u64 n = cut.indices.size();
  const u64 longest = cut.longest[first];
  if (!rule.is_sum) {
    const u64 limit = rule.limit     ? rule.limit(longest)
                      : longest == 0 ? ~u64{0}
                                     : rule.budget / longest;
    return std::min({limit, rule.max_samples, n - first});
  }
  u64 samples = 0;
  u64 left = rule.budget;
  while (first + samples < n && samples < rule.max_samples &&
         cut.longest[first + samples] <= left) {
    left -= cut.longest[first + samples];
    ++samples;
  }
  return samples;
}

inline PlainCut plain_cut(const std::vector<u64>& lengths, const batch::TokenRule& rule) {
  PlainCut cut;
  cut.indices = plain_argsort(lengths, true);
  for (const u32 index : cut.indices) {
    const u64 length = lengths[index];
    const bool is_new =
        cut.longest.empty() || plain_key(cut.longest.back(), rule) != plain_key(length, rule);
    cut.class_at.push_back(cut.class_at.empty() ? 0 : cut.class_at.back() + (is_new ? 1 : 0));
    cut.longest.push_back(is_new ? length : cut.longest.back());
  }
  u64 done = 0;
  u64 last = 0;
  while (done < lengths.size()) {
    last = plain_samples(cut, done, rule);
    if (last == 0) break;  // above the budget
    if (last >= rule.multiple) last = last / rule.multiple * rule.multiple;
    done += last;
    cut.ends.push_back(done);
  }
  if (rule.drop_last && last % rule.multiple != 0) cut.ends.pop_back();
  return cut;
}

inline std::shared_ptr<const batch::TokenCut> cut_of(const IntegerArray& array,
                                                     const lengths::LengthSurvey& survey,
                                                     const batch::TokenRule& rule,
                                                     u64 steps = ~u64{0}) {
  batch::TokenCutter cutter(array, survey, rule);
  while (!cutter.advance(steps)) {
  }
  return cutter.cut();
}

// As lengths of text are: many short ones, few long ones.
inline std::vector<u64> skewed_lengths(Random& random, std::size_t count, u64 most) {
  std::vector<u64> lengths(count);
  for (u64& length : lengths) {
    const u64 scale = random() % 20;
    length = random() % (most / (scale * scale + 1) + 1);
  }
  return lengths;
}

}  // namespace fastsamplers::test
