#include "fastsamplers/rng/splitmix64.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <random>
#include <set>
#include <vector>

#include "oracle.hpp"

namespace fastsamplers::rng {
namespace {

// Inverses of the two factors modulo 2^64.
constexpr u64 kFirstInverse = 0x96de1b173f119089;
constexpr u64 kSecondInverse = 0x319642b2d24d8ec3;
static_assert(0xbf58476d1ce4e5b9 * kFirstInverse == 1);
static_assert(0x94d049bb133111eb * kSecondInverse == 1);

u64 undo_shift(u64 word, u32 shift) {
  u64 undone = word;
  for (u32 known = shift; known < 64; known += shift) undone = word ^ (undone >> shift);
  return undone;
}

u64 unmix64(u64 word) {
  word = undo_shift(word, 31) * kSecondInverse;
  word = undo_shift(word, 27) * kFirstInverse;
  return undo_shift(word, 30);
}

// Words at which a carry or a shift would show, and any others.
std::vector<u64> sample_words() {
  std::vector<u64> words = {0, ~u64{0}, 0x9e3779b97f4a7c15, ~u64{0x9e3779b97f4a7c15} + 1};
  for (u32 bit = 0; bit < 64; ++bit) {
    words.push_back(u64{1} << bit);
    words.push_back(~(u64{1} << bit));
  }
  std::mt19937 random(301);
  for (int k = 0; k < 20000; ++k) words.push_back(test::two_words(random));
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

// Of Vigna's splitmix64.c with x = 0.
TEST_CASE("the words of state 0 are the published ones", "[rng][splitmix64]") {
  constexpr u64 kPublished[] = {0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f,
                                0xf88bb8a8724c81ec, 0x1b39896a51a8749b};
  SplitMix64 words;
  for (const u64 word : kPublished) CHECK(words.next() == word);
}

// Of the same with x = 1234567, which is where the state would stand had it been taken in.
TEST_CASE("the words of another state are the published ones", "[rng][splitmix64]") {
  constexpr u64 kPublished[] = {6457827717110365317, 3203168211198807973, 9817491932198370423U,
                                4593380528125082431, 16408922859458223821U};
  constexpr u64 kIncrement = 0x9e3779b97f4a7c15;
  SplitMix64 words;
  words.absorb(unmix64(1234567) - kIncrement);
  for (const u64 word : kPublished) CHECK(words.next() == word);
}

TEST_CASE("mix64 can be undone, on both sides", "[rng][splitmix64]") {
  CHECK(mix64(0) == 0);
  u64 wrong = 0;
  for (const u64 word : sample_words()) {
    wrong += unmix64(mix64(word)) == word ? 0 : 1;
    wrong += mix64(unmix64(word)) == word ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("mix64 changes about half of the bits for each bit", "[rng][splitmix64]") {
  std::mt19937 random(302);
  for (u32 in = 0; in < 64; ++in) {
    std::vector<u32> changed(64, 0);
    for (int k = 0; k < 2000; ++k) {
      const u64 word = test::two_words(random);
      const u64 difference = mix64(word) ^ mix64(word ^ (u64{1} << in));
      for (u32 out = 0; out < 64; ++out) changed[out] += (difference >> out) & 1;
    }
    INFO("bit " << in);
    CHECK(*std::min_element(changed.begin(), changed.end()) > 800);
    CHECK(*std::max_element(changed.begin(), changed.end()) < 1200);
  }
}

TEST_CASE("different words taken in lead to different states", "[rng][splitmix64]") {
  const std::vector<u64> samples = sample_words();
  // Behind nothing, and behind words that have been taken in or given.
  for (const int before : {0, 1, 2}) {
    std::set<u64> firsts;
    for (const u64 sample : samples) {
      SplitMix64 words;
      if (before == 1) words.absorb(99);
      if (before == 2) words.next();
      words.absorb(sample);
      firsts.insert(words.next());
    }
    INFO("before " << before);
    CHECK(firsts.size() == samples.size());
  }
}

TEST_CASE("the order of the words taken in matters, and how many there are", "[rng][splitmix64]") {
  const std::vector<std::vector<u64>> seeds = {
      {}, {0}, {0, 0}, {0, 0, 0}, {1}, {0, 1}, {1, 0}, {1, 1}, {2}, {1, 2}, {2, 1}, {1, 2, 0}};
  std::set<u64> firsts;
  for (const std::vector<u64>& seed : seeds) {
    SplitMix64 words;
    for (const u64 word : seed) words.absorb(word);
    firsts.insert(words.next());
  }
  CHECK(firsts.size() == seeds.size());
}

TEST_CASE("a word of a constant is one of compile time", "[rng][splitmix64]") {
  constexpr u64 kSecond = [] {
    SplitMix64 words;
    words.next();
    return words.next();
  }();
  STATIC_REQUIRE(kSecond == 0x6e789e6aa1b965f4);
}

}  // namespace
}  // namespace fastsamplers::rng
