#include "fastsamplers/rng/bounded.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::rng {
namespace {

constexpr i64 kLeast = std::numeric_limits<i64>::min();
constexpr i64 kMost = std::numeric_limits<i64>::max();

struct Range {
  i64 low;
  u64 range;
};

std::vector<Range> ranges() {
  std::vector<Range> all = {{0, 1},
                            {-3, 7},
                            {kMost, 1},
                            {kLeast, 1},
                            {kMost - 9, 10},
                            {kLeast, u64{1} << 63},
                            {kLeast, ~u64{0}},
                            {-1, u64{1} << 63},
                            {0, (u64{1} << 63) - 1},
                            {0, 214748363},
                            {0, 1000000007}};
  for (int bits = 1; bits <= 62; ++bits) {
    for (const u64 range : {(u64{1} << bits) - 1, u64{1} << bits, (u64{1} << bits) + 1}) {
      all.push_back({-17, range});
    }
  }
  return all;
}

TEST_CASE("an integer takes one word below a range of 2^28 and two from there on",
          "[rng][bounded]") {
  CHECK(kTwoWordRange == 268435456);
  CHECK(bounded_words(1) == 1);
  CHECK(bounded_words(268435455) == 1);
  CHECK(bounded_words(268435456) == 2);
  CHECK(bounded_words(~u64{0}) == 2);
}

TEST_CASE("bounded integers are remainders of the words", "[rng][bounded]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const auto& [low, range] : ranges()) {
      INFO(test::name_of(isa) << ", low " << low << ", range " << range);
      Mt19937 engine(55);
      std::mt19937 words = test::words_of(55);
      std::vector<i64> out(700);
      bounded_fill(engine, low, range, out);
      REQUIRE(test::first_difference(out, test::bounded_integers(words, low, range, out.size())) ==
              test::kSame);
      REQUIRE(engine.random() == words());
    }
  }
}

TEST_CASE("bounded integers of every count take their words and no more", "[rng][bounded]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 range : {u64{10}, (u64{1} << 28) - 1, u64{1} << 28, u64{1} << 40}) {
      for (const std::size_t count : test::edge_sizes()) {
        INFO(test::name_of(isa) << ", range " << range << ", count " << count);
        Mt19937 engine(56);
        Mt19937 drawn(56);
        std::mt19937 words = test::words_of(56);
        std::vector<i64> out(count + 1, -1);
        bounded_fill(engine, 0, range, {out.data(), count});
        std::vector<i64> expected = test::bounded_integers(words, 0, range, count);
        expected.push_back(-1);
        REQUIRE(test::first_difference(out, expected) == test::kSame);
        for (u64 i = 0; i < count * bounded_words(range); ++i) drawn.random();
        REQUIRE(test::same_state(engine, drawn));
      }
    }
  }
}

TEST_CASE("an empty range is refused before a word is drawn", "[rng][bounded]") {
  Mt19937 engine(57);
  const Mt19937 before = engine;
  std::vector<i64> out(3, -1);
  CHECK_THROWS_MATCHES(bounded_fill(engine, 0, 0, out), std::invalid_argument,
                       Catch::Message("range should be positive, but got range=0"));
  CHECK(test::same_state(engine, before));
  CHECK(out == std::vector<i64>(3, -1));
}

}  // namespace
}  // namespace fastsamplers::rng
