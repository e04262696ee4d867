#include "fastsamplers/order/permutation.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/base/prefetch.hpp"
#include "fastsamplers/order/copies.hpp"
#include "fastsamplers/order/parallel_shuffle.hpp"
#include "fastsamplers/rng/remainders.hpp"

namespace fastsamplers::order {
namespace {

// Steps whose words and targets are made at a time: both arrays stay in the first-level cache.
constexpr std::size_t kBlockSteps = 2048;
// Up to this n the array is touched at once and no table stands before it: 1 MiB fits the cache.
constexpr u64 kSparseFrom = u64{1} << 18;

// Stores an index where the array of places may lie in the same memory (see randperm.hpp): by
// bytes, so that the compiler keeps the order of reads and writes.
FASTSAMPLERS_INLINE void store(i64* out, u32 value) {
  const i64 index = value;
  std::memcpy(out, &index, sizeof(index));
}

// Of at most `threads`, as many as there is work for.
std::size_t threads_for(u64 steps, std::size_t threads) {
  return static_cast<std::size_t>(std::clamp<u64>(steps / kParallelSteps, 1, threads));
}

bool has_wide_places(u64 n) { return n > (u64{1} << 32); }

PageBuffer allocate_places(u64 n) {
  require_permutation_memory(n);
  return PageBuffer(static_cast<std::size_t>(permutation_bytes(n)));
}

}  // namespace

u64 permutation_bytes(u64 n) {
  constexpr u64 kMost = std::numeric_limits<u64>::max();
  if (n > kMost / 8) return kMost;
  return has_wide_places(n) ? 8 * n : 4 * n;
}

void require_permutation_memory(u64 n) {
  require_memory(permutation_bytes(n), "a permutation of n=" + std::to_string(n) + " indices",
                 "a sampler with algorithm='feistel' needs no memory that grows with n");
}

ForwardShuffle::ForwardShuffle(const rng::Mt19937& engine, u64 n) : engine_(engine), n_(n) {
  check_argument(n < kInsideOutFrom, "n", "below 214748364", n);
  memory_ = allocate_places(n);
  places_ = memory_.as<u32>().data();
  if (n >= kSparseFrom) sparse_ = SparseShuffle(SparseShuffle::kCapacity);
}

ForwardShuffle::ForwardShuffle(const rng::Mt19937& engine, std::span<u32> places)
    : engine_(engine), n_(places.size()), places_(places.data()), coded_(0) {
  check_argument(n_ < kInsideOutFrom, "n", "below 214748364", n_);
}

void ForwardShuffle::advance(u64 end) { advance(end, thread_count()); }

void ForwardShuffle::advance(u64 end, std::size_t threads) {
  if (end <= done_) return;
  if (sparse_.active()) {
    std::array<u32, 256> words;
    std::array<u32, 256> targets;
    const u64 stop = std::min<u64>(end, sparse_.capacity());
    while (done_ < stop) {
      const std::size_t count = std::min<std::size_t>(words.size(), stop - done_);
      engine_.fill({words.data(), count});
      rng::kForwardTargets.active()(words.data(), done_, n_, count, targets.data());
      for (std::size_t k = 0; k < count; ++k) sparse_.step(targets[k]);
      done_ += count;
    }
    if (done_ == end) return;
    leave_sparse();
  }
  run_dense<false>(end, nullptr, threads);
}

void ForwardShuffle::leave_sparse() {
  sparse_.pour({places_, static_cast<std::size_t>(n_)});
  sparse_ = SparseShuffle();
}

u64 ForwardShuffle::end_of_shared_steps(u64 end, std::size_t threads) const {
  if (threads == 1 || n_ < kParallelPlaces) return done_;
  const u64 most = std::min(end, n_ - kParallelPlaces);
  return most > done_ && threads_for(most - done_, threads) > 1 ? most : done_;
}

template <bool kWrite>
void ForwardShuffle::run_dense(u64 end, i64* out, std::size_t threads) {
  u32* const place = places_;
  const u32 coded = coded_;
  std::array<u32, kBlockSteps> words;
  std::array<u32, kBlockSteps> targets;
  const auto make_targets = rng::kForwardTargets.active();
  if (const u64 shared = end_of_shared_steps(end, threads);
      shared > done_ &&
      parallel_forward_steps(engine_, {place, static_cast<std::size_t>(n_)}, coded_, done_, shared,
                             out, threads_for(shared - done_, threads))) {
    if constexpr (kWrite) out += shared - done_;
    done_ = shared;
  }
  // The last place has no step of its own: no word, and it keeps what it holds.
  const u64 stop = std::min(end, n_ - 1);
  while (done_ < stop) {
    const std::size_t count = static_cast<std::size_t>(std::min<u64>(kBlockSteps, stop - done_));
    engine_.fill({words.data(), count});
    make_targets(words.data(), done_, n_, count, targets.data());
    const std::size_t ahead = std::min(kPrefetchSteps, count);
    for (std::size_t k = 0; k < ahead; ++k) prefetch_for_write(place + targets[k]);
    const auto first = static_cast<u32>(done_);
    for (std::size_t k = 0; k < count; ++k) {
      if (k + kPrefetchSteps < count) prefetch_for_write(place + targets[k + kPrefetchSteps]);
      const u32 i = first + static_cast<u32>(k);
      const u32 z = targets[k];
      const u32 value_i = place[i] ^ i;
      const u32 value_z = place[z] ^ z;
      place[z] = value_i ^ z;
      place[i] = value_z ^ (i & coded);
      if constexpr (kWrite) store(out++, value_z);
    }
    done_ += count;
  }
  if (done_ < end) {
    const auto i = static_cast<u32>(done_);
    const u32 value = place[i] ^ i;
    place[i] = value ^ (i & coded);
    if constexpr (kWrite) store(out, value);
    ++done_;
  }
}

void ForwardShuffle::read_strided(u64 first, u64 stride, std::span<i64> out) {
  if (out.empty()) return;
  const u64 last = first + (out.size() - 1) * stride;
  advance(last + 1, 1);
  if (!sparse_.active()) {
    kDecode.active()(places_, first, stride, out.size(), out.data());
    return;
  }
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = sparse_.values()[first + k * stride];
}

void ForwardShuffle::read(u64 first, std::span<i64> out) {
  const u64 end = first + out.size();
  if (first > done_) advance(first);
  // What is done already is looked up, what is new is written by its own step.
  const u64 known = std::min(end, done_);
  u64 i = first;
  if (sparse_.active()) {
    if (end <= sparse_.capacity()) {
      advance(end, 1);
      for (; i < end; ++i) out[i - first] = sparse_.values()[i];
      return;
    }
    for (; i < known; ++i) out[i - first] = sparse_.values()[i];
    leave_sparse();
  } else {
    const auto count = static_cast<std::size_t>(known - i);
    kDecode.active()(places_, i, 1, count, out.data());
    i += count;
  }
  if (i == end) return;
  // A stream is read in blocks too short for a team, beside a consumer who is at work.
  const std::size_t threads = coded_ == 0 ? thread_count() : 1;
  run_dense<true>(end, out.data() + (i - first), threads);
}

InsideOutShuffle::InsideOutShuffle(const rng::Mt19937& engine, u64 n) : engine_(engine), n_(n) {
  check_argument(n >= 1, "n", "positive", n);
  memory_ = allocate_places(n);
  places_ = memory_.as<u8>().data();
}

InsideOutShuffle::InsideOutShuffle(const rng::Mt19937& engine, u64 n, void* places)
    : engine_(engine), n_(n), places_(places) {
  check_argument(n >= 1, "n", "positive", n);
}

void InsideOutShuffle::advance(u64 end) {
  if (has_wide_places(n_)) {
    run<u64>(end);
  } else {
    run<u32>(end);
  }
}

template <class Place>
void InsideOutShuffle::run(u64 end) {
  Place* const place = static_cast<Place*>(places_);
  std::array<u32, 2 * kBlockSteps> words;
  std::array<u64, kBlockSteps> targets;
  const auto make_targets = rng::kInsideOutTargets.active();
  const auto run_plain = [&](u64 stop) {
    while (done_ < stop) {
      const std::size_t count = static_cast<std::size_t>(std::min<u64>(kBlockSteps, stop - done_));
      engine_.fill({words.data(), 2 * count});
      make_targets(words.data(), done_, count, targets.data());
      const std::size_t ahead = std::min(kPrefetchSteps, count);
      for (std::size_t k = 0; k < ahead; ++k) prefetch_for_write(place + targets[k]);
      for (std::size_t k = 0; k < count; ++k) {
        if (k + kPrefetchSteps < count) prefetch_for_write(place + targets[k + kPrefetchSteps]);
        const u64 i = done_ + k;
        const u64 z = targets[k];
        place[i] = place[z];
        place[z] = static_cast<Place>(i);
      }
      done_ += count;
    }
  };
  run_plain(std::min(end, kParallelPlaces));
  if (end > done_) {
    const std::size_t threads = threads_for(end - done_, thread_count());
    if (threads > 1 && parallel_inside_out_steps(engine_, place, done_, end, threads)) done_ = end;
  }
  run_plain(end);
}

void InsideOutShuffle::read(u64 first, std::span<i64> out) const {
  if (has_wide_places(n_)) {
    std::memcpy(out.data(), static_cast<const u64*>(places_) + first, out.size_bytes());
    return;
  }
  kWiden.active()(static_cast<const u32*>(places_) + first, out.size(), out.data());
}

void InsideOutShuffle::read_strided(u64 first, u64 stride, std::span<i64> out) const {
  if (has_wide_places(n_)) {
    const u64* const place = static_cast<const u64*>(places_) + first;
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<i64>(place[k * stride]);
    return;
  }
  const u32* const place = static_cast<const u32*>(places_) + first;
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<i64>(place[k * stride]);
}

}  // namespace fastsamplers::order
