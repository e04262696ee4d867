#include "fastsamplers/rng/mt19937_block.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::rng {
namespace {

using Block = std::array<u32, kBlockWords>;

// The recurrence as the paper has it, one word at a time, with indices modulo the block.
void twist_plainly(Block& x) {
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    const u32 joined = (x[i] & 0x80000000U) | (x[(i + 1) % kBlockWords] & 0x7fffffffU);
    const u32 mixed = (joined >> 1) ^ (joined % 2 == 1 ? 0x9908b0dfU : 0U);
    x[i] = x[(i + 397) % kBlockWords] ^ mixed;
  }
}

std::vector<Block> blocks() {
  Block zeros{};
  Block ones;
  ones.fill(0xffffffffU);
  std::vector<Block> all = {zeros, ones};
  // One bit at a time at the cuts of the block shows where each word goes.
  for (const std::size_t place :
       {std::size_t{0}, std::size_t{1}, std::size_t{226}, std::size_t{227}, std::size_t{228},
        std::size_t{396}, std::size_t{397}, std::size_t{398}, std::size_t{453}, std::size_t{454},
        std::size_t{622}, std::size_t{623}}) {
    for (const u32 word : {1U, 0x80000000U, 0xffffffffU}) {
      Block block = zeros;
      block[place] = word;
      all.push_back(block);
    }
  }
  std::mt19937 words(17);
  for (int i = 0; i < 20; ++i) {
    Block block;
    for (u32& word : block) word = static_cast<u32>(words());
    all.push_back(block);
  }
  return all;
}

TEST_CASE("twist is the recurrence at every level", "[rng][mt19937]") {
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa));
    for (const Block& block : blocks()) {
      // Words before and behind it must stay.
      std::vector<u32> guarded(kBlockWords + 32, 0xdeadbeefU);
      std::copy(block.begin(), block.end(), guarded.begin() + 16);
      Block expected = block;
      for (int round = 0; round < 3; ++round) {
        kTwist.at(isa)(guarded.data() + 16);
        twist_plainly(expected);
      }
      const std::span<const u32> got{guarded.data() + 16, kBlockWords};
      REQUIRE(test::first_difference(got, expected) == test::kSame);
      for (std::size_t i = 0; i < 16; ++i) {
        REQUIRE(guarded[i] == 0xdeadbeefU);
        REQUIRE(guarded[16 + kBlockWords + i] == 0xdeadbeefU);
      }
    }
  }
}

u32 temper_plainly(u32 y) {
  y = y ^ (y >> 11);
  y = y ^ ((y << 7) & 0x9d2c5680U);
  y = y ^ ((y << 15) & 0xefc60000U);
  y = y ^ (y >> 18);
  return y;
}

TEST_CASE("temper is the output function for every count and offset", "[rng][mt19937]") {
  std::mt19937 words(18);
  std::vector<u32> source(5000);
  for (std::size_t i = 0; i < source.size(); ++i) {
    source[i] = i < 32 ? u32{1} << i : static_cast<u32>(words());
  }
  std::vector<u32> expected;
  for (const u32 word : source) expected.push_back(temper_plainly(word));
  CHECK(temper(source[40]) == expected[40]);
  for (const Isa isa : test::supported_levels()) {
    for (const std::size_t count : test::edge_sizes()) {
      for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
        if (offset + count > source.size()) continue;
        INFO(test::name_of(isa) << ", " << count << " words from " << offset);
        std::vector<u32> out(count + 17, 0xdeadbeefU);
        kTemper.at(isa)(source.data() + offset, out.data() + 1, count);
        const std::span<const u32> wanted{expected.data() + offset, count};
        REQUIRE(test::first_difference(std::span<const u32>{out.data() + 1, count}, wanted) ==
                test::kSame);
        REQUIRE(out[0] == 0xdeadbeefU);
        REQUIRE(std::count(out.begin() + 1 + static_cast<std::ptrdiff_t>(count), out.end(),
                           0xdeadbeefU) == 16);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::rng
