// The order of torch.randperm(n), repeated with the same generator as often as the length asks.
//
// Source: RandomSampler without replacement. After one permutation the engine goes on where torch's
// would, and the next begins.
// Work, memory, words: see permutation.hpp; only the permutation in use is held. Reading again what
// the permutation in use has already given, and seeking in it, costs nothing.
#pragma once

#include <variant>

#include "fastsamplers/order/index_stream.hpp"
#include "fastsamplers/order/permutation.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::order {

class PermutationStream final : public IndexStream {
 public:
  // n > 0 unless length is 0. MemoryLimitError when the permutation cannot fit; its memory is taken
  // at the first read.
  PermutationStream(const rng::Mt19937& engine, u64 n, u64 length);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  void seek(u64 position) override;
  bool prepare(u64 steps) override;
  bool is_slow() const override { return true; }

 private:
  u64 steps_done() const;
  void advance(u64 end);
  // Puts the permutation in use in which position_ stands.
  void open();
  // Whether an index of it can be given without a pass over the whole.
  bool is_ready();

  rng::Mt19937 origin_;       // before the first permutation
  rng::Mt19937 turn_engine_;  // before the one in use
  u64 n_;
  u64 length_;
  u64 position_ = 0;
  u64 turn_ = 0;  // which permutation is in use
  std::variant<std::monostate, ForwardShuffle, InsideOutShuffle> shuffle_;
};

}  // namespace fastsamplers::order
