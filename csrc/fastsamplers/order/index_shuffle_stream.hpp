// The order of an index shuffle: permutations of [0, n) by (n, seed, epoch), one epoch after
// another.
//
// Source: what torch's RandomSampler does with num_samples > n, with a computed permutation.
// Work: that of IndexShuffle; a new epoch makes a new one. O(1) to start and to seek; only the
// indices asked for are computed, at any stride. Memory: O(1). Words: none.
#pragma once

#include "fastsamplers/order/index_shuffle.hpp"
#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::order {

class IndexShuffleStream final : public IndexStream {
 public:
  // Position p is place p % n of the permutation of epoch `epoch` + p / n (modulo 2^64).
  // std::invalid_argument unless 1 <= n <= 2^62 and length < 2^63.
  IndexShuffleStream(u64 n, u64 seed, u64 epoch, u64 length);

  u64 length() const override { return length_; }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override { return next_strided(out, 1); }
  std::size_t next_strided(std::span<i64> out, u64 stride) override;
  void seek(u64 position) override;
  u64 work_per_strided_index(u64 /*stride*/) const override { return work_per_index(); }

 private:
  u64 seed_;
  u64 first_epoch_;
  u64 length_;
  u64 position_ = 0;
  u64 epoch_;  // whose permutation shuffle_ is
  IndexShuffle shuffle_;
};

}  // namespace fastsamplers::order
