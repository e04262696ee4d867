// A shift by s of an even number of places is an odd permutation if s is odd. Were the number of odd
// shifts of a round even for every key, all permutations of some lengths would be even.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "fastsamplers/order/feistel_rounds.hpp"

namespace fastsamplers::order {
namespace {

template <class Word>
FeistelRound<Word> random_round(std::mt19937& random) {
  return {static_cast<Word>(random() | 1), static_cast<Word>(random()),
          static_cast<Word>(random() | 1)};
}

// Of so many keys, how many make a round of an odd number of odd shifts, by halves below `size`.
template <class Word, class Image>
int odd_rounds(int keys, u64 size, const Image& image) {
  std::mt19937 random(7);
  int odd = 0;
  for (int key = 0; key < keys; ++key) {
    const FeistelRound<Word> round = random_round<Word>(random);
    u64 shifts = 0;
    for (u64 half = 0; half < size; ++half) shifts += image(static_cast<Word>(half), round);
    odd += static_cast<int>(shifts % 2);
  }
  return odd;
}

TEST_CASE("rounds of 16 bits are even and odd permutations", "[order][feistel]") {
  for (u32 m = 7; m <= 16; ++m) {
    INFO("m " << m);
    const u64 a = u64{1} << std::min(m, 15U);
    const int right = odd_rounds<u16>(
        64, a, [&](u16 left, FeistelRound<u16> round) { return right_image(left, round, m); });
    const int left = odd_rounds<u16>(64, u64{1} << m, [&](u16 half, FeistelRound<u16> round) {
      return left_image(half, round, static_cast<u16>(a));
    });
    // Half of them, give or take four standard deviations.
    CHECK(std::abs(right - 32) <= 16);
    CHECK(std::abs(left - 32) <= 16);
  }
}

TEST_CASE("rounds of 32 bits are even and odd permutations", "[order][feistel]") {
  for (const u32 m : {16U, 20U, 24U}) {
    INFO("m " << m);
    const auto image = [&](u32 left, FeistelRound<u32> round) {
      return right_image(left, round, m);
    };
    const int odd = odd_rounds<u32>(16, u64{1} << m, image);
    CHECK(odd >= 2);
    CHECK(odd <= 14);
  }
}

}  // namespace
}  // namespace fastsamplers::order
