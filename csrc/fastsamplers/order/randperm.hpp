// torch.randperm into the caller's array, whole, without scratch memory.
//
// Source: at::native::randperm_cpu for int32 and int64 results.
// How: the shuffle runs on 4-byte places that lie in the result itself. An int64 result has twice
// the room: the places take its upper half, [4n, 8n), and index i is written to [8i, 8i + 8). That
// never passes a place that is still needed: 8i + 8 <= 4n + 4(i + 1) for every i < n.
// Work: one step an index, and a pass to widen or decode. Memory: the result. Words: as
// permutation_words(n). Threads: one object is used by one thread at a time.
#pragma once

#include <span>
#include <variant>

#include "fastsamplers/order/permutation.hpp"

namespace fastsamplers::order {

class Randperm {
 public:
  // The result array, whose content is overwritten at once; n = out.size(), below 2^31 for i32.
  // and at most 2^32 for u32.
  Randperm(const rng::Mt19937& engine, std::span<u32> out);
  Randperm(const rng::Mt19937& engine, std::span<i32> out);
  Randperm(const rng::Mt19937& engine, std::span<i64> out);

  // Does at most about `steps` steps; true when the result is complete.
  bool advance(u64 steps);

 private:
  void finish();

  u64 n_;
  bool complete_ = false;
  i64* wide_ = nullptr;
  std::variant<std::monostate, ForwardShuffle, InsideOutShuffle> shuffle_;
};

}  // namespace fastsamplers::order
