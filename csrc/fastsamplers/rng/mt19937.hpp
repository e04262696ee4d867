// MT19937 with the bookkeeping of torch's CPU generator, so that its state can be taken from torch
// and given back byte for byte.
//
// Source: at::mt19937 and at::CPUGeneratorImpl (random, random64, manual_seed).
// Work: 0.1-0.6 ns a word in blocks; skipping twists whole blocks and tempers nothing.
// Memory: 2.5 KB; a copy is an independent engine at the same place.
// Threads: one engine is used by one thread at a time; distinct engines are independent.
#pragma once

#include <array>
#include <span>

#include "fastsamplers/base/types.hpp"
#include "fastsamplers/rng/mt19937_block.hpp"

namespace fastsamplers::rng {

class Mt19937 {
 public:
  // What torch keeps. The twist is lazy: `left` counts the draws up to and including the one that
  // will twist, so left - 1 words of the block are unused, from words[next] on. A fresh seed is
  // left = 1, next = 0; an exhausted block left = 1, next = 624.
  struct State {
    u64 seed = 0;
    i32 left = 1;
    u32 next = 0;
    std::array<u32, kBlockWords> words{};
  };

  // Only the low 32 bits of the seed reach the words, as in torch; all 64 are kept in the state.
  explicit Mt19937(u64 seed);
  // std::invalid_argument unless 1 <= left <= 624 and the unused words lie within the block.
  explicit Mt19937(const State& state);

  const State& state() const { return state_; }

  // One 32-bit word.
  u32 random() {
    if (--state_.left == 0) twist();
    return temper(state_.words[state_.next++]);
  }
  // Two words, the first is the high half.
  u64 random64() {
    const u64 high = random();
    return (high << 32) | random();
  }

  // The next out.size() words; equal to as many calls of random().
  void fill(std::span<u32> out);
  // Leaves the engine as `count` calls of random() would.
  void skip(u64 count);

 private:
  void twist();
  std::size_t unused() const { return static_cast<std::size_t>(state_.left - 1); }
  void use(std::size_t count) {
    state_.left -= static_cast<i32>(count);
    state_.next += static_cast<u32>(count);
  }

  State state_;
};

}  // namespace fastsamplers::rng
