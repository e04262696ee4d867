#include "fastsamplers/rng/bounded.hpp"

#include <algorithm>
#include <array>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/rng/remainders.hpp"

namespace fastsamplers::rng {
namespace {

// Words drawn at a time: they stay in the first-level cache.
constexpr std::size_t kChunkWords = 2048;

}  // namespace

void bounded_fill(Mt19937& engine, i64 low, u64 range, std::span<i64> out) {
  check_argument(range > 0, "range", "positive", range);
  const bool wide = bounded_words(range) == 2;
  const auto bound = kBound.active();
  const auto wide_bound = kWideBound.active();
  std::array<u32, kChunkWords> words;
  while (!out.empty()) {
    const std::size_t count = std::min(out.size(), wide ? kChunkWords / 2 : kChunkWords);
    engine.fill({words.data(), wide ? 2 * count : count});
    if (wide) {
      wide_bound(words.data(), count, low, range, out.data());
    } else {
      bound(words.data(), count, low, static_cast<u32>(range), out.data());
    }
    out = out.subspan(count);
  }
}

}  // namespace fastsamplers::rng
