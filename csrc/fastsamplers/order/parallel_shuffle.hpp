// Both shuffles of torch.randperm by several threads, with the result of the plain loop.
//
// How: the steps are taken in blocks. The places of a block's own steps are its window, the other
// places that its targets can be in are its tail. The tail is cut into one range a thread, and a
// thread does, in order, the steps whose target lies in its range: two steps that share a place of
// the tail have the same owner, and a place of the window belongs to its step alone, except for the
// few steps whose target lies in the window too. Those are done by one thread: in the forward
// shuffle before all others (they leave to them what they will find in their own places), in the
// inside-out shuffle after them (they read what the others have put into theirs). The threads make
// the lists of the next block, a part each, before they meet at the end of the present one.
// Both return false, and nothing has changed, where there is no memory for the lists.
// Work: one step an index, shared. Memory: 0.4 MB a thread. Words: as the plain loop draws.
#pragma once

#include <span>

#include "fastsamplers/base/types.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::order {

// Fewer places than this stay in the caches, where one thread is as fast as two: with 2^21,
// 4 * 10^6, 8 * 10^6 and 2 * 10^7 places, ns a step by one / two: 3.3 / 3.3, 3.4 / 3.4, 4.2 / 3.4,
// 6.9 / 4.8.
inline constexpr u64 kParallelPlaces = u64{1} << 21;
// Fewer steps are not worth the start of a thread (20-50 us).
inline constexpr u64 kParallelSteps = u64{1} << 17;

// Steps [first, end) of the forward shuffle of places.size(), in places that hold value XOR place;
// a place that becomes final holds value XOR (place AND coded).
// Unless `out` is null, out[i - first] is what step i makes final; it may lie in the same memory
// as the places if what is written for a block never passes the place of its first step: a block
// has at most a sixteenth of the places that lie behind `end`.
// Needs end + kParallelPlaces <= places.size(); engine stands before the word of step `first`.
[[nodiscard]] bool parallel_forward_steps(rng::Mt19937& engine, std::span<u32> places, u32 coded,
                                          u64 first, u64 end, i64* out, std::size_t threads);

// Steps [first, end) of the inside-out shuffle. Needs first >= kParallelPlaces.
template <class Place>
[[nodiscard]] bool parallel_inside_out_steps(rng::Mt19937& engine, Place* places, u64 first,
                                             u64 end, std::size_t threads);

}  // namespace fastsamplers::order
