// Bounded integers against their plain definition.

#include "fastsamplers/rng/bounded.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <vector>

#include "sweep.hpp"

using namespace fastsamplers;
using rng::Mt19937;

TEST_CASE("bounded_fill is one remainder after another") {
  for (const u64 range : {u64{1}, u64{2}, u64{3}, u64{1000}, (u64{1} << 28) - 1, u64{1} << 28,
                          (u64{1} << 28) + 1, (u64{1} << 32) - 1, u64{1} << 32, u64{1} << 40,
                          u64{1} << 63, std::numeric_limits<u64>::max()}) {
    for (const u64 count : test::kSizes) {
      const i64 low = range > (u64{1} << 62) ? std::numeric_limits<i64>::min() : -17;
      Mt19937 plain(42);
      Mt19937 engine(42);
      std::vector<i64> out(count + 1, 5);
      rng::bounded_fill(engine, low, range, {out.data(), count});
      for (u64 i = 0; i < count; ++i) {
        const u64 value =
            range >= (u64{1} << 28) ? plain.random64() % range : u64{plain.random()} % range;
        REQUIRE(out[i] == static_cast<i64>(static_cast<u64>(low) + value));
      }
      REQUIRE(out[count] == 5);
      REQUIRE(engine.state().next == plain.state().next);
      REQUIRE(engine.random() == plain.random());
    }
  }
}

TEST_CASE("an empty range is refused before anything is drawn") {
  Mt19937 engine(1);
  std::vector<i64> out(3, 9);
  REQUIRE_THROWS_WITH(rng::bounded_fill(engine, 0, 0, out),
                      "range should be positive, but got range=0");
  REQUIRE(engine.state().left == 1);
  REQUIRE(out == std::vector<i64>(3, 9));
}

TEST_CASE("forward targets at every level, every size, every start") {
  std::mt19937_64 random(5);
  for (const Isa isa : test::levels()) {
    const auto make = rng::kForwardTargets.at(isa);
    for (const u64 n : {u64{5000}, u64{100'000}, u64{214'748'363}, (u64{1} << 31) - 1}) {
      for (const u64 count : test::kSizes) {
        for (const u64 first : {u64{0}, u64{1}, n / 2, n - 1 - count}) {
          if (first + count >= n) continue;
          std::vector<u32> words(count), out(count + 1, 7);
          for (u32& word : words) word = static_cast<u32>(random());
          make(words.data(), first, n, count, out.data());
          for (u64 k = 0; k < count; ++k) {
            REQUIRE(out[k] == first + k + words[k] % (n - first - k));
          }
          REQUIRE(out[count] == 7);
        }
      }
    }
  }
}

TEST_CASE("the division in double is exact at the hardest operands") {
  // Words at, just below and just above a multiple of the divisor, where rounding could slip.
  std::vector<u32> divisors = {1, 2, 3, 5, 7, 641, 65535, 65537, 214'748'362};
  for (u32 k = 2; k < 31; ++k) {
    divisors.insert(divisors.end(), {(1U << k) - 1, 1U << k, (1U << k) + 1});
  }
  for (const Isa isa : test::levels()) {
    const auto make = rng::kForwardTargets.at(isa);
    for (const u32 divisor : divisors) {
      std::vector<u32> words = {0, 1, 0xffffffffU, 0xfffffffeU, 0x80000000U, 0x7fffffffU};
      const u64 most = 0xffffffffULL / divisor;
      for (const u64 factor : {u64{1}, u64{2}, most / 3, most / 2, most - 1, most}) {
        const auto product = static_cast<u32>(factor * divisor);
        words.insert(words.end(), {product, product - 1, product + 1});
      }
      for (const u32 word : words) {
        // Eight lanes with divisors from `divisor` downwards; the first is the one that counts.
        const u64 n = u64{divisor} + 10;
        const std::vector<u32> lanes(8, word);
        std::vector<u32> out(8);
        const std::size_t count = divisor > 8 ? 8 : 1;
        make(lanes.data(), 10, n, count, out.data());
        for (std::size_t k = 0; k < count; ++k) {
          CAPTURE(isa_name(isa), divisor, word, k);
          REQUIRE(out[k] == 10 + k + word % (divisor - k));
        }
      }
    }
  }
}
