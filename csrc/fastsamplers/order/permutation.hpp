// The two shuffles behind torch.randperm, each as one permutation that is computed step by step.
//
// Source: at::native::randperm_cpu. Below kInsideOutFrom the forward Fisher-Yates shuffle, from
// there on the "inside-out" one (Durstenfeld; Knuth, TAOCP vol. 2, 3.4.2).
// Threads: one object is used by one thread at a time; many steps at once are shared among
// thread_count() threads (parallel_shuffle.hpp), which are gone when the call returns.
#pragma once

#include <span>

#include "fastsamplers/base/page_buffer.hpp"
#include "fastsamplers/base/types.hpp"
#include "fastsamplers/order/sparse_shuffle.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::order {

// torch's branch: UINT32_MAX / 20.
inline constexpr u64 kInsideOutFrom = 0xffffffffULL / 20;

// Words that torch draws for a permutation of n.
inline u64 permutation_words(u64 n) {
  if (n >= kInsideOutFrom) return 2 * n;
  return n > 1 ? n - 1 : 0;
}

// Bytes that one permutation of n takes while it is read: 4n, 8n above 2^32; the greatest u64 where
// that is more.
u64 permutation_bytes(u64 n);
// MemoryLimitError when they cannot be had: to ask before anything is drawn.
void require_permutation_memory(u64 n);

// for i in 0..n-2: z = i + random() % (n - i); swap(r[i], r[z])
//
// Place i is final as soon as its step is done, so the first indices need no O(n) work. The array
// holds value XOR place: a page of zeros is the identity, and nothing is touched before its time.
// The first steps of a large permutation do without the array altogether (SparseShuffle).
// Work: one step an index. Memory: 4n bytes, as far as touched. Words: n - 1, drawn with the steps.
class ForwardShuffle {
 public:
  // n < kInsideOutFrom. In memory of its own, which is taken now so that no later step can fail.
  ForwardShuffle(const rng::Mt19937& engine, u64 n);
  // In n zeroed places of the caller's, who keeps them alive. A place that is final holds its index
  // as it is, so that nothing is left to do after the last step; what is done cannot be read.
  ForwardShuffle(const rng::Mt19937& engine, std::span<u32> places);

  u64 steps_done() const { return done_; }
  // Does the steps up to and without `end` (at most n).
  void advance(u64 end);
  // out = r[first .. first + out.size()), doing the steps that are missing.
  void read(u64 first, std::span<i64> out);
  // out[k] = r[first + k * stride], the same way.
  void read_strided(u64 first, u64 stride, std::span<i64> out);

 private:
  void advance(u64 end, std::size_t threads);
  template <bool kWrite>
  void run_dense(u64 end, i64* out, std::size_t threads);
  // How far up to `end` several threads do the steps; steps_done() where one does them.
  u64 end_of_shared_steps(u64 end, std::size_t threads) const;
  void leave_sparse();

  rng::Mt19937 engine_;
  u64 n_;
  u64 done_ = 0;
  SparseShuffle sparse_;
  PageBuffer memory_;
  u32* places_;
  u32 coded_ = 0xffffffffU;  // the bits of a final place that are XORed with its number
};

// for i in 0..n-1: z = random64() % (i + 1); r[i] = r[z]; r[z] = i
//
// No place is final before the last step: the whole pass stands before the first index.
// Work: one step an index. Memory: 4n bytes, 8n above 2^32. Words: 2n.
class InsideOutShuffle {
 public:
  // n >= 1; any n, although torch uses it from kInsideOutFrom on. In memory of its own.
  InsideOutShuffle(const rng::Mt19937& engine, u64 n);
  // In permutation_bytes(n) bytes of the caller's, aligned to a place, who keeps them alive.
  InsideOutShuffle(const rng::Mt19937& engine, u64 n, void* places);

  u64 steps_done() const { return done_; }
  void advance(u64 end);
  // out = r[first .. first + out.size()); all n steps must be done.
  void read(u64 first, std::span<i64> out) const;
  void read_strided(u64 first, u64 stride, std::span<i64> out) const;

 private:
  template <class Place>
  void run(u64 end);

  rng::Mt19937 engine_;
  u64 n_;
  u64 done_ = 0;
  PageBuffer memory_;
  void* places_;  // u32, u64 above n = 2^32
};

}  // namespace fastsamplers::order
