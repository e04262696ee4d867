// The batches of each plan by its plain definition.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "batch/cut_case.hpp"
#include "batch/read_plan.hpp"
#include "fastsamplers/batch/bucket_batches.hpp"
#include "fastsamplers/batch/packed_batches.hpp"
#include "fastsamplers/batch/plan_seed.hpp"
#include "lengths/length_arrays.hpp"

namespace fastsamplers::test {

// The shuffled order, cut into windows, each sorted; cut into batches; those by their longest.
template <class T>
Batches plain_bucket_batches(const std::vector<T>& values, const batch::BucketRule& rule) {
  const u64 n = values.size();
  std::vector<i64> order(n);
  std::iota(order.begin(), order.end(), 0);
  if (rule.shuffle && n > 0) {
    const order::IndexShuffle shuffle(n, batch::plan_seed(rule.seed, batch::Purpose::samples),
                                      rule.epoch);
    for (i64& index : order) index = shuffle.value_at(index);
  }
  if (rule.drop_last) order.resize(n - n % rule.batch_size);
  Batches batches;
  std::vector<i64> window;
  const auto cut = [&] {
    sort_by_value(values, window, false);
    for (std::size_t k = 0; k < window.size(); ++k) {
      if (k % rule.batch_size == 0) batches.emplace_back();
      batches.back().push_back(window[k]);
    }
    window.clear();
  };
  for (const i64 index : order) {
    window.push_back(index);
    if (window.size() % rule.batch_size == 0 && window.size() / rule.batch_size == rule.window) {
      cut();
    }
  }
  cut();
  if (rule.shuffle) {
    std::stable_sort(batches.begin(), batches.end(), [&](const auto& a, const auto& b) {
      return values[static_cast<std::size_t>(a.back())] <
             values[static_cast<std::size_t>(b.back())];
    });
  }
  return batches;
}

// The samples of each class in the order of an index shuffle of its own.
inline Batches plain_token_batches(const std::vector<u64>& lengths, const batch::TokenRule& rule,
                                   bool shuffle, u64 seed, u64 epoch) {
  const PlainCut cut = plain_cut(lengths, rule);
  std::vector<i64> order;
  for (std::size_t first = 0; first < lengths.size();) {
    std::size_t end = first;
    while (end < lengths.size() && cut.class_at[end] == cut.class_at[first]) ++end;
    const order::IndexShuffle places(
        end - first, batch::plan_seed(seed, batch::Purpose::classes, cut.class_at[first]), epoch);
    for (std::size_t k = 0; k < end - first; ++k) {
      const u64 place = shuffle ? static_cast<u64>(places.value_at(static_cast<i64>(k))) : k;
      order.push_back(cut.indices[first + place]);
    }
    first = end;
  }
  Batches batches;
  u64 first = 0;
  for (const u64 end : cut.ends) {
    batches.emplace_back(order.begin() + static_cast<std::ptrdiff_t>(first),
                         order.begin() + static_cast<std::ptrdiff_t>(end));
    first = end;
  }
  return batches;
}

// Which bins each batch has.
inline Batches plain_bins(u64 bins, const batch::PackedRule& rule) {
  Batches batches;
  for (u64 place = 0; place < bins; ++place) {
    i64 bin = static_cast<i64>(place);
    if (rule.shuffle) {
      bin = order::IndexShuffle(bins, batch::plan_seed(rule.seed, batch::Purpose::bins), rule.epoch)
                .value_at(static_cast<i64>(place));
    }
    if (place % rule.batch_size == 0) batches.emplace_back();
    batches.back().push_back(bin);
  }
  if (rule.drop_last && !batches.empty() && batches.back().size() < rule.batch_size) {
    batches.pop_back();
  }
  return batches;
}

}  // namespace fastsamplers::test
