// The inside-out shuffle at sizes at which torch does not use it, against the plain loop.

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <vector>

#include "fastsamplers/order/permutation.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

TEST_CASE("the inside-out shuffle is the plain loop at every size and level",
          "[order][inside_out]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 n : test::permutation_sizes()) {
      if (n == 0) continue;
      INFO(test::name_of(isa) << ", n " << n);
      std::mt19937 words = test::words_of(n);
      const std::vector<i64> expected = test::inside_out_permutation(words, n);
      InsideOutShuffle shuffle(Mt19937(n), n);
      REQUIRE(shuffle.steps_done() == 0);
      shuffle.advance(n);
      REQUIRE(shuffle.steps_done() == n);
      std::vector<i64> out(n);
      shuffle.read(0, out);
      REQUIRE(test::first_difference(out, expected) == test::kSame);
    }
  }
}

TEST_CASE("every small inside-out permutation comes from its words", "[order][inside_out]") {
  for (u64 n = 1; n <= 40; ++n) {
    for (u64 seed = 0; seed < 20; ++seed) {
      std::mt19937 words = test::words_of(seed);
      InsideOutShuffle shuffle(Mt19937(seed), n);
      shuffle.advance(n);
      std::vector<i64> out(n);
      shuffle.read(0, out);
      REQUIRE(out == test::inside_out_permutation(words, n));
    }
  }
}

TEST_CASE("steps in pieces, and reads of any part", "[order][inside_out]") {
  std::mt19937 choice(111);
  for (const u64 n : {u64{1}, u64{2}, u64{700}, u64{2048}, u64{5000}, u64{100000}}) {
    std::mt19937 words = test::words_of(n + 1);
    const std::vector<i64> expected = test::inside_out_permutation(words, n);
    // Zero is not asked of the caller's memory.
    std::vector<u32> places(n + 1, 0xdeadbeefU);
    InsideOutShuffle own(Mt19937(n + 1), n);
    InsideOutShuffle borrowed(Mt19937(n + 1), n, places.data());
    for (u64 end = 0; end < n;) {
      end = std::min(n, end + choice() % 3000);
      own.advance(end);
      borrowed.advance(end);
      REQUIRE(own.steps_done() == end);
      own.advance(end / 2);  // what is done stays done
      REQUIRE(own.steps_done() == end);
    }
    REQUIRE(places.back() == 0xdeadbeefU);
    for (int round = 0; round < 50; ++round) {
      const u64 first = choice() % (n + 1);
      const u64 count = choice() % (n - first + 1);
      INFO("n " << n << ", read " << count << " from " << first);
      const std::span<const i64> wanted{expected.data() + first, count};
      std::vector<i64> out(count, -1);
      own.read(first, out);
      REQUIRE(test::first_difference(out, wanted) == test::kSame);
      borrowed.read(first, out);
      REQUIRE(test::first_difference(out, wanted) == test::kSame);
    }
  }
}

// Above 2^32 a place has 8 bytes. The first steps of such a permutation touch its first places
// only, and after k steps those hold the permutation of k, so the memory of k places is enough to
// see it.
TEST_CASE("the first steps of a permutation above 2^32 run on wide places", "[order][inside_out]") {
  constexpr u64 kSteps = 10000;
  std::mt19937 words = test::words_of(12);
  const std::vector<i64> expected = test::inside_out_permutation(words, kSteps);
  for (const u64 n : {(u64{1} << 32) + 1, u64{1} << 40}) {
    std::vector<u64> places(kSteps + 1, ~u64{0});
    InsideOutShuffle shuffle(Mt19937(12), n, places.data());
    shuffle.advance(3);
    shuffle.advance(kSteps);
    std::vector<i64> out(kSteps);
    shuffle.read(0, out);
    REQUIRE(test::first_difference(out, expected) == test::kSame);
    REQUIRE(places.back() == ~u64{0});
  }
  // At 2^32 itself the largest index still fits 4 bytes.
  std::vector<u32> places(kSteps + 1, 0xdeadbeefU);
  InsideOutShuffle shuffle(Mt19937(12), u64{1} << 32, places.data());
  shuffle.advance(kSteps);
  REQUIRE(std::equal(expected.begin(), expected.end(), places.begin()));
  REQUIRE(places.back() == 0xdeadbeefU);
}

TEST_CASE("an inside-out shuffle of nothing is refused", "[order][inside_out]") {
  u64 place = 5;
  const auto text = Catch::Message("n should be positive, but got n=0");
  CHECK_THROWS_MATCHES(InsideOutShuffle(Mt19937(1), 0), std::invalid_argument, text);
  CHECK_THROWS_MATCHES(InsideOutShuffle(Mt19937(1), 0, &place), std::invalid_argument, text);
  CHECK(place == 5);
}

}  // namespace
}  // namespace fastsamplers::order
