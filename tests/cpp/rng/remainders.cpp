// The 32-bit remainders: the swap targets of the forward shuffle, and bounded integers of one word.
// The wide variants divide in double, so the operands here are those at which a quotient that is
// off by one in the last place would show.

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <set>
#include <vector>

#include "fastsamplers/rng/remainders.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::rng {
namespace {

constexpr u64 kMostWord = std::numeric_limits<u32>::max();
constexpr u32 kGuard = 0xdeadbeefU;

// Compares every level with the definition; `first` + words.size() <= n.
void check_targets(u64 first, u64 n, const std::vector<u32>& words) {
  std::vector<u32> expected;
  for (std::size_t k = 0; k < words.size(); ++k) {
    const u64 i = first + k;
    expected.push_back(static_cast<u32>(i + words[k] % (n - i)));
  }
  expected.push_back(kGuard);
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", first " << first << ", n " << n << ", count " << words.size());
    std::vector<u32> out(words.size() + 1, kGuard);
    kForwardTargets.at(isa)(words.data(), first, n, words.size(), out.data());
    REQUIRE(test::first_difference(out, expected) == test::kSame);
  }
}

// Words next to the multiples of a divisor: the smallest, the largest, and some between.
std::vector<u32> adversarial_words(u64 divisor, std::mt19937& random) {
  std::set<u64> words = {
      0, 1, kMostWord - 1, kMostWord, divisor - 1, u64{1} << 31, (u64{1} << 31) - 1};
  const u64 most = kMostWord / divisor;
  std::vector<u64> quotients = {0, 1, 2, most / 2, most - (most > 0 ? 1 : 0), most};
  for (int bits = 2; bits < 32; ++bits) quotients.push_back((u64{1} << bits) - 1);
  for (int i = 0; i < 40; ++i) quotients.push_back(random() % (most + 1));
  for (const u64 quotient : quotients) {
    const u64 multiple = quotient * divisor;
    for (const u64 word : {multiple - 1, multiple, multiple + 1}) {
      if (word <= kMostWord) words.insert(word);
    }
  }
  return {words.begin(), words.end()};
}

std::vector<u64> divisors() {
  std::set<u64> all = {1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 214748362, 214748361, 214748363, 1000003};
  for (int bits = 1; bits <= 30; ++bits) {
    for (const u64 divisor : {(u64{1} << bits) - 1, u64{1} << bits, (u64{1} << bits) + 1}) {
      all.insert(divisor);
    }
  }
  all.insert((u64{1} << 31) - 2);
  return {all.begin(), all.end()};
}

TEST_CASE("targets are exact where a word stands next to a multiple of the divisor",
          "[rng][forward_targets]") {
  std::mt19937 random(71);
  for (const u64 divisor : divisors()) {
    const std::vector<u32> operands = adversarial_words(divisor, random);
    // Each operand in a lane of its own, so that its divisor is the one that is meant: 16 lanes
    // cover the widest register twice.
    for (std::size_t lane = 0; lane < 16; ++lane) {
      // first + lane is the step whose divisor is n - first - lane.
      const u64 first = random() % 3;
      const u64 n = first + lane + divisor;
      if (n >= u64{1} << 31) continue;
      const auto count = static_cast<std::size_t>(std::min<u64>(n - first, 16));
      std::vector<u32> words(count);
      for (const u32 operand : operands) {
        for (u32& word : words) word = static_cast<u32>(random());
        words[lane] = operand;
        std::vector<u32> out(count);
        for (const Isa isa : test::supported_levels()) {
          kForwardTargets.at(isa)(words.data(), first, n, count, out.data());
          const auto expected = static_cast<u32>(first + lane + operand % divisor);
          if (out[lane] == expected) continue;
          FAIL(test::name_of(isa) << ": word " << operand << ", divisor " << divisor << ", lane "
                                  << lane << " gave " << out[lane]);
        }
      }
    }
  }
}

TEST_CASE("targets are exact with every lane at a multiple of its own divisor",
          "[rng][forward_targets]") {
  std::mt19937 random(72);
  for (const u64 n : {u64{33}, u64{1000}, u64{65536}, u64{65537}, u64{1} << 20, (u64{1} << 24) + 3,
                      u64{100000007}, u64{214748362}, u64{214748363}, (u64{1} << 31) - 1}) {
    for (int round = 0; round < 200; ++round) {
      const u64 count = std::min<u64>(n - 1, 31);
      const u64 first = round % 4 == 0 ? 0 : random() % (n - count);
      std::vector<u32> words;
      for (u64 k = 0; k < count; ++k) {
        const u64 divisor = n - first - k;
        const u64 multiple = random() % (kMostWord / divisor + 1) * divisor;
        words.push_back(static_cast<u32>(multiple + random() % 3 - 1));
      }
      check_targets(first, n, words);
    }
  }
}

TEST_CASE("targets are exact at every count and place of random words", "[rng][forward_targets]") {
  std::mt19937 random(73);
  for (const u64 n : test::permutation_sizes()) {
    for (const std::size_t count : test::edge_sizes()) {
      if (count >= n) continue;
      std::vector<u32> words(count);
      for (u32& word : words) word = static_cast<u32>(random());
      check_targets(0, n, words);
      check_targets(n - 1 - count, n, words);
    }
  }
}

TEST_CASE("targets of the last steps end with a divisor of two", "[rng][forward_targets]") {
  for (u64 n = 2; n < 40; ++n) {
    for (const u32 word : {0U, 1U, 2U, 3U, 0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU}) {
      check_targets(0, n, std::vector<u32>(n - 1, word));
    }
  }
}

std::vector<u64> ranges() {
  std::vector<u64> all = divisors();
  for (const u64 range : {(u64{1} << 31) - 1, u64{1} << 31, (u64{1} << 31) + 1, u64{3} << 30,
                          u64{4294967291}, kMostWord - 1, kMostWord}) {
    all.push_back(range);
  }
  return all;
}

void check_bound(i64 low, u64 range, const std::vector<u32>& words) {
  constexpr i64 kLeft = std::numeric_limits<i64>::min() + 12345;
  std::vector<i64> expected;
  for (const u32 word : words) {
    expected.push_back(static_cast<i64>(static_cast<u64>(low) + word % range));
  }
  expected.resize(words.size() + 16, kLeft);
  for (const Isa isa : test::supported_levels()) {
    std::vector<i64> out(expected.size(), kLeft);
    kBound.at(isa)(words.data(), words.size(), low, static_cast<u32>(range), out.data());
    const std::size_t place = test::first_difference(out, expected);
    if (place == test::kSame) continue;
    FAIL(test::name_of(isa) << ": low " << low << ", range " << range << ", count " << words.size()
                            << ", place " << place << " gave " << out[place] << ", not "
                            << expected[place]);
  }
}

TEST_CASE("bounded integers are exact where a word stands next to a multiple of the range",
          "[rng][bound]") {
  std::mt19937 random(74);
  for (const u64 range : ranges()) {
    std::vector<u32> words = adversarial_words(range, random);
    // The least and the greatest low at which no integer leaves int64.
    const i64 most = std::numeric_limits<i64>::max() - static_cast<i64>(range - 1);
    for (const i64 low : {i64{0}, i64{-17}, std::numeric_limits<i64>::min(), most}) {
      check_bound(low, range, words);
    }
    // Each word in every lane.
    for (int shift = 1; shift < 8; ++shift) {
      std::rotate(words.begin(), words.begin() + 1, words.end());
      check_bound(-17, range, words);
    }
  }
}

TEST_CASE("bounded integers of every count leave what lies behind alone", "[rng][bound]") {
  std::mt19937 random(75);
  std::vector<std::size_t> counts(test::edge_sizes().begin(), test::edge_sizes().end());
  for (std::size_t count = 0; count <= 33; ++count) counts.push_back(count);
  for (const std::size_t count : counts) {
    for (const u64 range : {u64{1}, u64{2}, u64{10}, u64{1000003}, (u64{1} << 28) - 1, kMostWord}) {
      std::vector<u32> words(count);
      for (u32& word : words) word = static_cast<u32>(random());
      check_bound(-3, range, words);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::rng
