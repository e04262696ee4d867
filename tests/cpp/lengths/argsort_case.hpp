// A result of an argsort between guards, and running one to its end.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "fastsamplers/lengths/bucket_argsort.hpp"

namespace fastsamplers::test {

template <class Out>
struct GuardedOrder {
  static constexpr Out kUntouched = static_cast<Out>(0x5a5a5a5a5a5a5a5a);
  static constexpr std::size_t kGuards = 8;

  explicit GuardedOrder(std::size_t count) : memory(count + 2 * kGuards, kUntouched) {}
  std::span<Out> span() {
    return std::span<Out>{memory}.subspan(kGuards, memory.size() - 2 * kGuards);
  }
  bool is_guarded() const {
    return std::count(memory.begin(), memory.begin() + kGuards, kUntouched) == kGuards &&
           std::count(memory.end() - kGuards, memory.end(), kUntouched) == kGuards;
  }

  std::vector<Out> memory;
};

// How many calls it takes.
template <class Out>
u64 run_argsort(lengths::BucketArgsort<Out>& argsort, u64 steps) {
  u64 calls = 1;
  while (!argsort.advance(steps)) ++calls;
  return calls;
}

}  // namespace fastsamplers::test
