// Independent uniform indices of [0, n): torch.randint(n, (length,)).
//
// Source: RandomSampler with replacement; torch draws it in blocks of 32, which are the same words.
// Work: one remainder an index; after a seek the words between are skipped.
// Memory: a buffer of 8 KB. Words: one an index below n = 2^28, two from there on.
#pragma once

#include "fastsamplers/order/index_stream.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::order {

class ReplacementStream final : public IndexStream {
 public:
  // n > 0.
  ReplacementStream(const rng::Mt19937& engine, u64 n, u64 length);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override;
  void seek(u64 position) override;
  bool prepare(u64 steps) override;

 private:
  rng::Mt19937 origin_;
  rng::Mt19937 engine_;      // where the words of index engine_position_ begin
  u64 engine_position_ = 0;  // at most position_
  u64 n_;
  u64 length_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::order
