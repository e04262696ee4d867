#include "oracle.hpp"

#include <array>
#include <numeric>
#include <utility>

namespace fastsamplers::test {

std::span<const std::size_t> edge_sizes() {
  static constexpr std::array<std::size_t, 42> kSizes = {
      0,   1,    2,    3,    4,    5,    7,    8,    9,    15,   16,   17,   31,   32,
      33,  63,   64,   65,   226,  227,  228,  453,  454,  455,  622,  623,  624,  625,
      626, 1023, 1024, 1025, 1247, 1248, 1249, 2047, 2048, 2049, 4095, 4096, 4097, 6000};
  return kSizes;
}

std::vector<u64> permutation_sizes() {
  std::vector<u64> sizes(edge_sizes().begin(), edge_sizes().end());
  constexpr u64 kSparseFrom = u64{1} << 18;
  for (const u64 n : {kSparseFrom - 1, kSparseFrom, kSparseFrom + 1}) sizes.push_back(n);
  return sizes;
}

u64 two_words(std::mt19937& words) {
  const u64 high = words();
  return (high << 32) | words();
}

std::vector<i64> forward_permutation(std::mt19937& words, u64 n) {
  std::vector<i64> r(n);
  std::iota(r.begin(), r.end(), i64{0});
  for (u64 i = 0; i + 1 < n; ++i) std::swap(r[i], r[i + words() % (n - i)]);
  return r;
}

std::vector<i64> inside_out_permutation(std::mt19937& words, u64 n) {
  std::vector<i64> r(n);
  for (u64 i = 0; i < n; ++i) {
    const u64 z = two_words(words) % (i + 1);
    r[i] = r[z];
    r[z] = static_cast<i64>(i);
  }
  return r;
}

std::vector<i64> repeated_permutation(u64 seed, u64 n, u64 length) {
  std::mt19937 words = words_of(seed);
  std::vector<i64> indices;
  while (indices.size() < length) {
    const std::vector<i64> turn = forward_permutation(words, n);
    indices.insert(indices.end(), turn.begin(), turn.end());
  }
  indices.resize(length);
  return indices;
}

std::vector<i64> bounded_integers(std::mt19937& words, i64 low, u64 range, std::size_t count) {
  std::vector<i64> out(count);
  for (i64& value : out) {
    const u64 random = range >= (u64{1} << 28) ? two_words(words) : words();
    value = static_cast<i64>(static_cast<u64>(low) + random % range);
  }
  return out;
}

std::mt19937 words_of(u64 seed) { return std::mt19937(static_cast<u32>(seed)); }

bool same_state(const rng::Mt19937& left, const rng::Mt19937& right) {
  const rng::Mt19937::State& a = left.state();
  const rng::Mt19937::State& b = right.state();
  return a.seed == b.seed && a.left == b.left && a.next == b.next && a.words == b.words;
}

}  // namespace fastsamplers::test
