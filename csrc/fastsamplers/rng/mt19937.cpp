#include "fastsamplers/rng/mt19937.hpp"

#include <algorithm>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::rng {

Mt19937::Mt19937(u64 seed) {
  state_.seed = seed;
  u32 word = static_cast<u32>(seed);
  state_.words[0] = word;
  for (u32 i = 1; i < kBlockWords; ++i) {
    word = 1812433253U * (word ^ (word >> 30)) + i;
    state_.words[i] = word;
  }
}

Mt19937::Mt19937(const State& state) : state_(state) {
  constexpr auto kWords = static_cast<i32>(kBlockWords);
  check_argument(state.left >= 1 && state.left <= kWords, "left", "in [1, 624]", state.left);
  check_argument(u64{state.next} + static_cast<u64>(state.left) - 1 <= kBlockWords, "next",
                 "at most 625 - left", state.next);
}

void Mt19937::twist() {
  kTwist.active()(state_.words.data());
  state_.left = static_cast<i32>(kBlockWords);
  state_.next = 0;
}

void Mt19937::fill(std::span<u32> out) {
  const auto temper_words = kTemper.active();
  while (!out.empty()) {
    if (unused() == 0) {
      twist();
      state_.left = static_cast<i32>(kBlockWords) + 1;  // all 624 words are unused
    }
    const std::size_t count = std::min(out.size(), unused());
    temper_words(state_.words.data() + state_.next, out.data(), count);
    use(count);
    out = out.subspan(count);
  }
}

void Mt19937::skip(u64 count) {
  if (count == 0) return;
  if (count <= unused()) {
    use(static_cast<std::size_t>(count));
    return;
  }
  count -= unused();
  const auto twist_block = kTwist.active();
  // The block in which the last skipped word stands is twisted too, and not the one after it.
  const u64 blocks = (count + kBlockWords - 1) / kBlockWords;
  for (u64 i = 0; i < blocks; ++i) twist_block(state_.words.data());
  const u64 used = count - (blocks - 1) * kBlockWords;
  state_.left = static_cast<i32>(kBlockWords + 1 - used);
  state_.next = static_cast<u32>(used);
}

}  // namespace fastsamplers::rng
