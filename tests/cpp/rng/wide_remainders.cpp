// The 64-bit remainders: the wide variants divide in double, where the quotient may be one off
// either way, so the operands here are those at which a correction that is missing would show.

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

constexpr u64 kMostWord = std::numeric_limits<u64>::max();
constexpr i64 kLeast = std::numeric_limits<i64>::min();
constexpr i64 kMost = std::numeric_limits<i64>::max();
constexpr u64 kTargetGuard = 0xdeadbeefdeadbeefULL;
constexpr i64 kGuard = kLeast + 12345;
constexpr std::size_t kGuards = 16;

// No word stands behind the last: a read past the end is for AddressSanitizer to see.
std::vector<u32> split(const std::vector<u64>& values) {
  std::vector<u32> words;
  for (const u64 value : values) {
    words.push_back(static_cast<u32>(value >> 32));
    words.push_back(static_cast<u32>(value));
  }
  return words;
}

// first + values.size() is a divisor, so it does not wrap.
void check_targets(u64 first, const std::vector<u64>& values) {
  const std::vector<u32> words = split(values);
  std::vector<u64> expected;
  for (std::size_t k = 0; k < values.size(); ++k) expected.push_back(values[k] % (first + k + 1));
  expected.resize(values.size() + kGuards, kTargetGuard);
  for (const Isa isa : test::supported_levels()) {
    std::vector<u64> out(expected.size(), kTargetGuard);
    kInsideOutTargets.at(isa)(words.data(), first, values.size(), out.data());
    const std::size_t place = test::first_difference(out, expected);
    if (place == test::kSame) continue;
    FAIL(test::name_of(isa) << ": first " << first << ", count " << values.size() << ", place "
                            << place << " gave " << out[place] << ", not " << expected[place]);
  }
}

void check_bound(i64 low, u64 range, const std::vector<u64>& values) {
  const std::vector<u32> words = split(values);
  std::vector<i64> expected;
  for (const u64 value : values) {
    expected.push_back(static_cast<i64>(static_cast<u64>(low) + value % range));
  }
  expected.resize(values.size() + kGuards, kGuard);
  for (const Isa isa : test::supported_levels()) {
    std::vector<i64> out(expected.size(), kGuard);
    kWideBound.at(isa)(words.data(), values.size(), low, range, out.data());
    const std::size_t place = test::first_difference(out, expected);
    if (place == test::kSame) continue;
    FAIL(test::name_of(isa) << ": low " << low << ", range " << range << ", count " << values.size()
                            << ", place " << place << " gave " << out[place] << ", not "
                            << expected[place]);
  }
}

std::vector<u64> random_values(std::size_t count, std::mt19937& random) {
  std::vector<u64> values(count);
  for (u64& value : values) value = test::two_words(random);
  return values;
}

// Values next to the multiples of a divisor: the smallest, the largest, and some between. Past
// either end of 64 bits they wrap to the other, which is as good.
std::vector<u64> adversarial_values(u64 divisor, std::mt19937& random) {
  std::set<u64> values = {divisor / 2,        u64{1} << 32,       (u64{1} << 32) - 1,
                          (u64{1} << 53) - 1, u64{1} << 53,       u64{1} << 63,
                          (u64{1} << 63) - 1, (u64{1} << 53) + 1, (u64{1} << 63) + 1};
  for (u64 below = 0; below < 2050; below += below < 4 ? 1 : 341) values.insert(kMostWord - below);
  const u64 most = kMostWord / divisor;
  std::vector<u64> quotients = {0, 1, 2, most / 2, most - std::min<u64>(most, 1), most};
  for (int bits = 2; bits < 64; ++bits) {
    const u64 power = u64{1} << bits;
    if (power > most) break;
    quotients.insert(quotients.end(), {power - 1, power});
  }
  for (int i = 0; i < 60; ++i) {
    // Half of them among the largest, where the quotient has most bits to lose.
    const u64 any = test::two_words(random);
    quotients.push_back(i % 2 == 0 || most == kMostWord ? any % std::max<u64>(most, 1)
                                                        : most - any % (most / 16 + 1));
  }
  for (const u64 quotient : quotients) {
    const u64 multiple = quotient * divisor;
    values.insert({multiple - 1, multiple, multiple + 1});
  }
  return {values.begin(), values.end()};
}

std::vector<u64> divisors() {
  std::set<u64> all = {1, 5, 6, 7, 10, 11, 13, 1000003, 214748364, 1000000007, kMostWord - 1};
  for (int bits = 1; bits <= 63; ++bits) {
    for (const u64 divisor : {(u64{1} << bits) - 1, u64{1} << bits, (u64{1} << bits) + 1}) {
      all.insert(divisor);
    }
  }
  for (const u64 edge : {kLeastWideDivisor, kMostWideDivisor}) {
    for (u64 divisor = edge - 20; divisor <= edge + 20; ++divisor) all.insert(divisor);
  }
  std::mt19937 random(80);
  for (int i = 0; i < 100; ++i) all.insert((test::two_words(random) >> (random() % 52)) | 1);
  all.insert(kMostWord);
  return {all.begin(), all.end()};
}

// The most that may follow `first` without wrapping, up to `count`.
std::size_t room(u64 first, std::size_t count) {
  return static_cast<std::size_t>(std::min<u64>(count, kMostWord - first));
}

TEST_CASE("wide remainders begin where a quotient fits a double", "[rng][inside_out_targets]") {
  CHECK(kLeastWideDivisor == 1048576);
  CHECK(kMostWideDivisor == 4503599627370495);
}

TEST_CASE("two words are joined with the first on top", "[rng][inside_out_targets]") {
  const std::vector<u32> words = {0x01234567U, 0x89abcdefU};
  CHECK(join(words.data()) == 0x0123456789abcdefULL);
}

TEST_CASE("inside-out targets are exact where a value stands next to a multiple of the divisor",
          "[rng][inside_out_targets]") {
  std::mt19937 random(81);
  for (const u64 divisor : divisors()) {
    // In every lane of the widest register: the divisor grows from lane to lane.
    for (u64 lane = 0; lane < 8 && lane < divisor; ++lane) {
      const u64 first = divisor - 1 - lane;
      std::vector<u64> values = random_values(room(first, 8), random);
      for (const u64 value : adversarial_values(divisor, random)) {
        values[lane] = value;
        check_targets(first, values);
      }
    }
  }
}

TEST_CASE("inside-out targets are exact with every lane at a multiple of its own divisor",
          "[rng][inside_out_targets]") {
  std::mt19937 random(82);
  for (const u64 divisor : divisors()) {
    const u64 first = divisor - 1;
    for (int round = 0; round < 60; ++round) {
      std::vector<u64> values(room(first, 31));
      for (std::size_t k = 0; k < values.size(); ++k) {
        const u64 most = kMostWord / (first + k + 1);
        const u64 quotient = most - test::two_words(random) % (most >> (random() % 2 * 40) | 1);
        values[k] = quotient * (first + k + 1) + random() % 3 - 1;
      }
      check_targets(first, values);
    }
  }
}

TEST_CASE("inside-out targets of every count leave what lies behind alone",
          "[rng][inside_out_targets]") {
  std::mt19937 random(83);
  std::vector<std::size_t> counts = {622, 623, 624, 625, 626, 1022, 1023, 1024, 1025, 1026};
  for (std::size_t count = 0; count <= 33; ++count) counts.push_back(count);
  for (const std::size_t count : counts) {
    std::vector<u64> firsts = {0, 1, 1000, 214748364, u64{1} << 32, u64{1} << 40, u64{1} << 60};
    // Blocks that begin or end at an edge of the wide way, one beside it, or across it.
    for (const u64 edge : {kLeastWideDivisor, kMostWideDivisor}) {
      for (const u64 back : {u64{0}, u64{1}, u64{2}, u64{5}, count / 2, count, count + 1}) {
        firsts.push_back(edge - back);
      }
    }
    for (const u64 first : firsts) check_targets(first, random_values(count, random));
  }
}

TEST_CASE("wide bounded integers are exact where a value stands next to a multiple of the range",
          "[rng][wide_bound]") {
  std::mt19937 random(84);
  for (const u64 range : divisors()) {
    std::vector<i64> lows = {0, -17, kLeast, -static_cast<i64>(range / 2)};
    if (range <= u64{1} << 63) {
      lows.push_back(static_cast<i64>(static_cast<u64>(kMost) - range + 1));
    }
    std::vector<u64> values = adversarial_values(range, random);
    for (const i64 low : lows) check_bound(low, range, values);
    // Each value in every lane.
    for (int shift = 1; shift < 8; ++shift) {
      std::rotate(values.begin(), values.begin() + 1, values.end());
      check_bound(-17, range, values);
    }
  }
}

TEST_CASE("wide bounded integers of every count leave what lies behind alone",
          "[rng][wide_bound]") {
  std::mt19937 random(85);
  std::vector<std::size_t> counts = {622, 623, 624, 625, 626, 1022, 1023, 1024, 1025, 1026};
  for (std::size_t count = 0; count <= 33; ++count) counts.push_back(count);
  for (const std::size_t count : counts) {
    for (const u64 range :
         {u64{1}, u64{1000}, kLeastWideDivisor - 1, kLeastWideDivisor, u64{1} << 28,
          u64{1000000007}, kMostWideDivisor, kMostWideDivisor + 1, (u64{1} << 63) + 1, kMostWord}) {
      for (const i64 low : {i64{0}, i64{-1}, kLeast}) {
        check_bound(low, range, random_values(count, random));
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::rng
