// What the kernels should give, in the plainest words: std::mt19937, which has the same
// initialization and the same words, and the loops of PyTorch's sources. Nothing here uses the
// kernels; the sizes are those at which a lane, a block or a branch ends.
#pragma once

#include <random>
#include <span>
#include <utility>
#include <vector>

#include "fastsamplers/base/types.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::test {

// Around every lane width, the cuts of the twist (227, 454), its block (624) and the block of steps
// of the shuffles (2048, 4096).
std::span<const std::size_t> edge_sizes();
// The same, and the size from which a forward shuffle begins with the sparse table.
std::vector<u64> permutation_sizes();

// The first word drawn is the high half.
u64 two_words(std::mt19937& words);

// for i in 0..n-2: z = i + random() % (n - i); swap(r[i], r[z])
std::vector<i64> forward_permutation(std::mt19937& words, u64 n);
// for i in 0..n-1: z = random64() % (i + 1); r[i] = r[z]; r[z] = i
std::vector<i64> inside_out_permutation(std::mt19937& words, u64 n);
// `length` indices of permutations of n, one after the other, from one engine.
std::vector<i64> repeated_permutation(u64 seed, u64 n, u64 length);
// low + random % range; two words from a range of 2^28 on.
std::vector<i64> bounded_integers(std::mt19937& words, i64 low, u64 range, std::size_t count);

std::mt19937 words_of(u64 seed);

// Where the two first differ, in value or in length; kSame when they do not. One assertion instead
// of one for each element.
inline constexpr std::size_t kSame = static_cast<std::size_t>(-1);
template <class Left, class Right>
std::size_t first_difference(const Left& left, const Right& right) {
  const std::size_t both = left.size() < right.size() ? left.size() : right.size();
  for (std::size_t i = 0; i < both; ++i) {
    if (std::cmp_not_equal(left[i], right[i])) return i;
  }
  return left.size() == right.size() ? kSame : both;
}

bool same_state(const rng::Mt19937& left, const rng::Mt19937& right);

}  // namespace fastsamplers::test
