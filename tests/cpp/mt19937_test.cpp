// The engine against the standard library's, which has the same seeding and output.

#include "fastsamplers/rng/mt19937.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "sweep.hpp"

using namespace fastsamplers;
using rng::Mt19937;

namespace {

std::vector<u32> expected_words(u32 seed, std::size_t count) {
  std::mt19937 reference(seed);
  std::vector<u32> words(count);
  for (u32& word : words) word = static_cast<u32>(reference());
  return words;
}

bool equal(const Mt19937& a, const Mt19937& b) {
  return a.state().seed == b.state().seed && a.state().left == b.state().left &&
         a.state().next == b.state().next && a.state().words == b.state().words;
}

}  // namespace

TEST_CASE("words one by one are the standard engine's") {
  for (const u32 seed : {0U, 1U, 5489U, 0x80000000U, 0xffffffffU}) {
    Mt19937 engine(seed);
    for (const u32 word : expected_words(seed, 2000)) REQUIRE(engine.random() == word);
  }
}

TEST_CASE("only the low half of a seed reaches the words, all of it the state") {
  Mt19937 engine((u64{1} << 40) + 5);
  REQUIRE(engine.random() == expected_words(5, 1)[0]);
  REQUIRE(engine.state().seed == (u64{1} << 40) + 5);
}

TEST_CASE("random64 takes the high half first") {
  const auto words = expected_words(7, 2000);
  Mt19937 engine(7);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    REQUIRE(engine.random64() == ((u64{words[i]} << 32) | words[i + 1]));
  }
}

TEST_CASE("the twist is lazy, as torch's is") {
  Mt19937 engine(1);
  REQUIRE(engine.state().left == 1);
  REQUIRE(engine.state().next == 0);
  for (u32 drawn = 1; drawn <= 624; ++drawn) {
    engine.random();
    REQUIRE(engine.state().left == static_cast<i32>(625 - drawn));
    REQUIRE(engine.state().next == drawn);
  }
  engine.random();
  REQUIRE(engine.state().left == 624);
  REQUIRE(engine.state().next == 1);
}

TEST_CASE("fill and skip are as many draws, at every level, from every place in a block") {
  for (const Isa isa : test::levels()) {
    const test::UseLevel use(isa);
    for (const u64 before : {0, 1, 300, 623, 624, 625, 1000}) {
      Mt19937 start(99);
      for (u64 i = 0; i < before; ++i) start.random();
      const auto words = expected_words(99, before + 4097);
      for (const u64 count : test::kSizes) {
        CAPTURE(isa_name(isa), before, count);
        Mt19937 one_by_one = start;
        for (u64 i = 0; i < count; ++i) one_by_one.random();

        Mt19937 filled = start;
        std::vector<u32> out(count + 1, 0xabcdef01U);
        filled.fill({out.data(), count});
        REQUIRE(std::equal(out.begin(), out.end() - 1, words.begin() + static_cast<i64>(before)));
        REQUIRE(out.back() == 0xabcdef01U);
        REQUIRE(equal(filled, one_by_one));

        Mt19937 skipped = start;
        skipped.skip(count);
        REQUIRE(equal(skipped, one_by_one));
      }
    }
  }
}

TEST_CASE("a long skip is two shorter ones") {
  Mt19937 once(3);
  once.skip(10'000'019);
  Mt19937 twice(3);
  twice.skip(7'654'321);
  twice.skip(10'000'019 - 7'654'321);
  REQUIRE(equal(once, twice));
  std::mt19937 reference(3);
  reference.discard(10'000'019);
  REQUIRE(once.random() == reference());
}

TEST_CASE("every level twists and tempers as the scalar one") {
  for (const Isa isa : test::levels()) {
    auto scalar = Mt19937(11).state().words;
    auto wide = scalar;
    for (int block = 0; block < 20; ++block) {
      rng::kTwist.at(Isa::scalar)(scalar.data());
      rng::kTwist.at(isa)(wide.data());
      REQUIRE(scalar == wide);
      for (const u64 count : test::kSizes) {
        if (count > rng::kBlockWords) break;
        std::vector<u32> a(count), b(count);
        rng::kTemper.at(Isa::scalar)(scalar.data(), a.data(), count);
        rng::kTemper.at(isa)(wide.data(), b.data(), count);
        REQUIRE(a == b);
      }
    }
  }
}

TEST_CASE("a state that torch cannot have is refused") {
  Mt19937::State state = Mt19937(1).state();
  const auto refused = [&](i32 left, u32 next, const char* text) {
    state.left = left;
    state.next = next;
    REQUIRE_THROWS_WITH(Mt19937(state), text);
  };
  refused(0, 0, "left should be in [1, 624], but got left=0");
  refused(-1, 0, "left should be in [1, 624], but got left=-1");
  refused(625, 0, "left should be in [1, 624], but got left=625");
  refused(624, 2, "next should be at most 625 - left, but got next=2");
  refused(1, 625, "next should be at most 625 - left, but got next=625");
  state.left = 624;
  state.next = 1;
  REQUIRE_NOTHROW(Mt19937(state));
}
