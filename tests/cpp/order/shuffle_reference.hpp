// The index shuffle from its documented formulas alone, in 64-bit arithmetic with % and /: nothing
// here uses the kernels, their helpers or their generator.
#pragma once

#include <utility>
#include <vector>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::test {

struct ReferenceRound {
  u64 multiplier;
  u64 mask;
  u64 mixer;
};

// Over pairs (left, right) of Z_a x Z_b, in words of so many bits.
struct ReferenceNetwork {
  using Pair = std::pair<u64, u64>;

  Pair forward(Pair pair) const;
  Pair backward(Pair pair) const;

  u32 word_bits;
  u64 a;
  u64 b;
  std::vector<ReferenceRound> rounds;

 private:
  u64 spread(u64 half, const ReferenceRound& round) const;
};

// The network that kernels are given, which is plain data: Network is an order::FeistelNetwork.
template <class Word, template <class> class Network>
ReferenceNetwork reference_of(const Network<Word>& network) {
  ReferenceNetwork reference{sizeof(Word) * 8, network.left_size, u64{1} << network.right_bits, {}};
  for (std::size_t r = 0; r < network.rounds; ++r) {
    const auto& [multiplier, mask, mixer] = network.round[r];
    reference.rounds.push_back({multiplier, mask, mixer});
  }
  return reference;
}

class ReferenceShuffle {
 public:
  ReferenceShuffle(u64 n, u64 seed, u64 epoch);
  ReferenceShuffle(u64 n, u64 seed, u64 epoch, std::size_t rounds);

  i64 value_at(u64 place) const;
  i64 place_of(u64 value) const;
  // All of them, or the first `count`.
  std::vector<i64> values() const { return values(n_); }
  std::vector<i64> values(u64 count) const;

  const ReferenceNetwork& network() const { return network_; }

 private:
  u64 n_;
  std::vector<u64> listed_;  // empty where there is a network
  ReferenceNetwork network_{};
};

}  // namespace fastsamplers::test
