// The engine and its two loops over a block, at every instruction-set level, against std::mt19937.
#include <random>

#include "fastsamplers/rng/mt19937.hpp"
#include "input.hpp"
#include "isa_levels.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

// Calls of all kinds, one after another.
void check_calls(Input& input) {
  const u64 seed = input.take<u32>();
  rng::Mt19937 engine(seed);
  std::mt19937 words = test::words_of(seed);
  for (u64 calls = input.below(12); calls > 0; --calls) {
    const u64 count = input.pick(std::vector<u64>{input.below(40), input.below(3000), 623, 624});
    switch (input.below(4)) {
      case 0:
        for (u64 k = 0; k < count % 700; ++k) require(engine.random() == words(), "a word");
        break;
      case 1: require(engine.random64() == test::two_words(words), "two words"); break;
      case 2: {
        std::vector<u32> out(count);
        engine.fill(out);
        for (const u32 word : out) require(word == words(), "a word of many");
        break;
      }
      default: engine.skip(count); words.discard(count);
    }
    const auto& state = engine.state();
    require(state.seed == seed, "the seed stays");
    require(state.left >= 1 && state.next + static_cast<u64>(state.left) <= 625, "a legal state");
  }
  require(engine.random() == words(), "the next word");
}

// Blocks that no seed leads to.
void check_block(Input& input) {
  const std::vector<u32> block = input.words<u32>(rng::kBlockWords);
  const std::size_t first = input.below(rng::kBlockWords);
  const std::size_t count = input.below(rng::kBlockWords - first + 1);
  std::vector<u32> twisted = block;
  rng::kTwist.at(Isa::scalar)(twisted.data());
  constexpr u32 kGuard = 0x5a5a5a5a;
  std::vector<u32> tempered(count + 64, kGuard);
  for (std::size_t k = 0; k < count; ++k) tempered[k] = rng::temper(block[first + k]);
  for (const Isa isa : test::supported_levels()) {
    std::vector<u32> state = block;
    rng::kTwist.at(isa)(state.data());
    require_same(state, twisted, "a twisted block");
    std::vector<u32> out(count + 64, kGuard);
    rng::kTemper.at(isa)(block.data() + first, out.data(), count);
    require_same(out, tempered, "tempered words");
  }
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  if (input.flag()) {
    fuzz::check_calls(input);
  } else {
    fuzz::check_block(input);
  }
  return 0;
}
