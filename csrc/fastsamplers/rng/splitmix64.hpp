// SplitMix64: 64-bit words from a 64-bit state, for keys and small tables.
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with
// the finaliser of Stafford's variant 13. Each word is a bijection of a counter, so words of one
// state never repeat before 2^64 of them. Work: about 1 ns a word. Threads: no shared state.
#pragma once

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::rng {

// A bijection of the 64-bit words, in which each bit of the input reaches each bit of the output.
constexpr u64 mix64(u64 word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

class SplitMix64 {
 public:
  constexpr SplitMix64() = default;

  // Takes in one more word of the seed: different words lead to different states.
  constexpr void absorb(u64 word) { state_ = mix64(state_ + kIncrement + word); }

  constexpr u64 next() {
    state_ += kIncrement;
    return mix64(state_);
  }

 private:
  static constexpr u64 kIncrement = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio, odd

  u64 state_ = 0;
};

}  // namespace fastsamplers::rng
