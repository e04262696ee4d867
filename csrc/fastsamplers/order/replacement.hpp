// Independent uniform indices of [0, n): torch.randint(n, (length,)).
//
// Source: RandomSampler with replacement; torch draws it in blocks of 32, which are the same words.
// Work: one remainder an index; after a seek the words between are skipped.
// Memory: a buffer of 8 KB. Words: one an index below n = 2^28, two from there on.
#pragma once

#include "fastsamplers/order/draw_stream.hpp"

namespace fastsamplers::order {

class ReplacementStream final : public DrawStream {
 public:
  // n > 0.
  ReplacementStream(const rng::Mt19937& engine, u64 n, u64 length);

 private:
  void draw(rng::Mt19937& engine, std::span<i64> out) override;

  u64 n_;
};

}  // namespace fastsamplers::order
