#include "fastsamplers/rng/mt19937.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::rng {
namespace {

using State = Mt19937::State;

constexpr std::array<u64, 7> kSeeds = {
    0, 1, 5489, 0xffffffffULL, (u64{1} << 40) + 5, 0xffffffffffffffffULL, 0x8000000000000000ULL};

State state_at(i32 left, u32 next) {
  State state = Mt19937(99).state();
  state.left = left;
  state.next = next;
  return state;
}

// Engines at many places of their block: fresh, within, exhausted, and such that a state can
// describe although drawing never leads there.
std::vector<Mt19937> engines() {
  std::vector<Mt19937> all;
  for (const std::size_t draws : test::edge_sizes()) {
    if (draws > 1249) continue;
    Mt19937 engine(4711 + draws);
    for (std::size_t i = 0; i < draws; ++i) engine.random();
    all.push_back(engine);
  }
  for (const auto& [left, next] : {std::pair{1, 0U}, std::pair{1, 624U}, std::pair{1, 300U},
                                   std::pair{2, 0U}, std::pair{2, 623U}, std::pair{10, 3U},
                                   std::pair{624, 0U}, std::pair{624, 1U}, std::pair{100, 525U}}) {
    all.emplace_back(state_at(left, next));
  }
  return all;
}

TEST_CASE("a seed gives the words of std::mt19937", "[rng][mt19937]") {
  for (const u64 seed : kSeeds) {
    INFO("seed " << seed);
    Mt19937 engine(seed);
    std::mt19937 words = test::words_of(seed);
    CHECK(engine.state().seed == seed);
    CHECK(engine.state().left == 1);
    CHECK(engine.state().next == 0);
    // The text of a standard engine begins with its words.
    std::stringstream text;
    text << words;
    for (const u32 word : engine.state().words) {
      u32 wanted = 0;
      text >> wanted;
      REQUIRE(word == wanted);
    }
    for (int i = 0; i < 3000; ++i) REQUIRE(engine.random() == words());
  }
}

TEST_CASE("only the low 32 bits of a seed reach the words", "[rng][mt19937]") {
  const State low = Mt19937(5).state();
  const State high = Mt19937((u64{1} << 40) + 5).state();
  CHECK(low.words == high.words);
  CHECK(low.seed != high.seed);
}

TEST_CASE("left and next count as torch's do", "[rng][mt19937]") {
  Mt19937 engine(7);
  for (u32 draw = 1; draw <= 2000; ++draw) {
    engine.random();
    const State& state = engine.state();
    REQUIRE(state.next == (draw - 1) % kBlockWords + 1);
    REQUIRE(state.left + static_cast<i32>(state.next) == 625);
  }
}

TEST_CASE("random64 is two words and the first is the high half", "[rng][mt19937]") {
  for (Mt19937 engine : engines()) {
    Mt19937 words = engine;
    for (int i = 0; i < 700; ++i) {
      const u64 high = words.random();
      const u64 low = words.random();
      REQUIRE(engine.random64() == high * 4294967296ULL + low);
    }
    REQUIRE(test::same_state(engine, words));
  }
}

TEST_CASE("fill equals as many draws at every level", "[rng][mt19937]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const Mt19937& start : engines()) {
      for (const std::size_t count : test::edge_sizes()) {
        INFO(test::name_of(isa) << ", " << count << " words from left " << start.state().left
                                << ", next " << start.state().next);
        Mt19937 engine = start;
        Mt19937 drawn = start;
        std::vector<u32> out(count + 1, 0xdeadbeefU);
        engine.fill({out.data(), count});
        std::vector<u32> expected(count);
        for (u32& word : expected) word = drawn.random();
        expected.push_back(0xdeadbeefU);
        REQUIRE(test::first_difference(out, expected) == test::kSame);
        REQUIRE(test::same_state(engine, drawn));
      }
    }
  }
}

TEST_CASE("fill in pieces of any size gives the same words", "[rng][mt19937]") {
  std::mt19937 choice(3);
  std::mt19937 words = test::words_of(31);
  Mt19937 engine(31);
  std::vector<u32> out(2000);
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = choice() % (round % 2 == 0 ? 20 : out.size());
    engine.fill({out.data(), count});
    for (std::size_t i = 0; i < count; ++i) REQUIRE(out[i] == words());
  }
}

TEST_CASE("skip leaves the engine as as many draws would", "[rng][mt19937]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const Mt19937& start : engines()) {
      for (const std::size_t count : test::edge_sizes()) {
        INFO(test::name_of(isa) << ", skip " << count << " from left " << start.state().left
                                << ", next " << start.state().next);
        Mt19937 skipped = start;
        Mt19937 drawn = start;
        skipped.skip(count);
        for (std::size_t i = 0; i < count; ++i) drawn.random();
        REQUIRE(skipped.state().seed == drawn.state().seed);
        REQUIRE(skipped.state().left == drawn.state().left);
        REQUIRE(skipped.state().next == drawn.state().next);
        REQUIRE(skipped.state().words == drawn.state().words);
      }
    }
  }
}

TEST_CASE("skip of many words agrees with discard", "[rng][mt19937]") {
  for (const u64 count : {u64{1000003}, u64{624} * 5000, u64{624} * 5000 + 1}) {
    Mt19937 engine(12);
    std::mt19937 words = test::words_of(12);
    engine.skip(count);
    words.discard(count);
    for (int i = 0; i < 700; ++i) REQUIRE(engine.random() == words());
  }
}

TEST_CASE("a copy is an engine of its own", "[rng][mt19937]") {
  Mt19937 engine(1);
  engine.skip(100);
  Mt19937 copy = engine;
  const State before = engine.state();
  copy.skip(1000);
  CHECK(engine.state().next == before.next);
  CHECK(engine.state().words == before.words);
}

TEST_CASE("a state goes in and comes out unchanged", "[rng][mt19937]") {
  for (const Mt19937& engine : engines()) {
    Mt19937 again(engine.state());
    REQUIRE(test::same_state(engine, again));
    Mt19937 original = engine;
    for (int i = 0; i < 1300; ++i) REQUIRE(again.random() == original.random());
  }
}

TEST_CASE("a state whose unused words lie outside the block is refused", "[rng][mt19937]") {
  constexpr i32 kLeast = std::numeric_limits<i32>::min();
  for (const i32 left : {0, -1, 625, kLeast}) {
    CHECK_THROWS_MATCHES(
        Mt19937(state_at(left, 0)), std::invalid_argument,
        Catch::Message("left should be in [1, 624], but got left=" + std::to_string(left)));
  }
  // The last two come around in 32 bits.
  for (const auto& [left, next] :
       {std::pair{1, 625U}, std::pair{2, 624U}, std::pair{624, 2U}, std::pair{100, 526U},
        std::pair{2, 0xffffffffU}, std::pair{624, 0xffffff00U}}) {
    CHECK_THROWS_MATCHES(
        Mt19937(state_at(left, next)), std::invalid_argument,
        Catch::Message("next should be at most 625 - left, but got next=" + std::to_string(next)));
  }
}

}  // namespace
}  // namespace fastsamplers::rng
