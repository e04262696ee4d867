// Hugging Face's order by length in the plainest words.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "lengths/length_arrays.hpp"

namespace fastsamplers::test {

// transformers' get_length_grouped_indices, of a permutation.
template <class T>
std::vector<i64> plain_grouped_order(std::vector<i64> indices, const std::vector<T>& values,
                                     u64 mega_batch) {
  const u64 n = values.size();
  std::vector<i64> grouped;
  std::size_t longest = 0;
  for (u64 first = 0; first < n;) {
    const u64 count = std::min(mega_batch, n - first);
    std::vector<i64> group(indices.begin() + static_cast<std::ptrdiff_t>(first),
                           indices.begin() + static_cast<std::ptrdiff_t>(first + count));
    sort_by_value(values, group, true);
    grouped.insert(grouped.end(), group.begin(), group.end());
    const auto value_at = [&](std::size_t place) {
      return values[static_cast<std::size_t>(grouped[place])];
    };
    if (value_at(first) > value_at(longest)) longest = first;
    first += count;
  }
  if (n > 0) std::swap(grouped[0], grouped[longest]);
  return grouped;
}

}  // namespace fastsamplers::test
