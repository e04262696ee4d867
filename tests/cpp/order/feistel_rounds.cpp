// The rounds against their documented formula, in words of both widths and at every level.

#include "fastsamplers/order/feistel_rounds.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/shuffle_reference.hpp"

namespace fastsamplers::order {
namespace {

constexpr std::size_t kGuards = 2 * kFeistelLanes;

enum class Keys { random, zeros, ones };

template <class Word>
FeistelRound<Word> key_of(Keys keys, std::mt19937& random) {
  constexpr Word kOnes = std::numeric_limits<Word>::max();
  if (keys == Keys::zeros) return {1, 0, 1};
  if (keys == Keys::ones) return {kOnes, kOnes, kOnes};
  return {static_cast<Word>(random() | 1), static_cast<Word>(random()),
          static_cast<Word>(random() | 1)};
}

template <class Word>
FeistelNetwork<Word> network_of(u64 a, u32 m, std::size_t rounds, Keys keys, std::mt19937& random) {
  FeistelNetwork<Word> network;
  network.left_size = static_cast<Word>(a);
  network.right_bits = m;
  network.rounds = rounds;
  for (std::size_t r = 0; r < rounds; ++r) network.round[r] = key_of<Word>(keys, random);
  return network;
}

// So many pairs, and behind them guards, any words at all.
template <class Word>
struct Lanes {
  std::vector<Word> left;
  std::vector<Word> right;

  bool operator==(const Lanes&) const = default;
};

// Every fourth half is the first or the last there is.
template <class Word>
Lanes<Word> lanes_of(const FeistelNetwork<Word>& network, std::size_t count, std::mt19937& random) {
  const u64 a = network.left_size;
  const u64 b = u64{1} << network.right_bits;
  const auto half = [&](u64 size) {
    const u32 choice = random() % 8;
    if (choice < 2) return static_cast<Word>(choice == 0 ? 0 : size - 1);
    return static_cast<Word>(random() % size);
  };
  Lanes<Word> lanes;
  for (std::size_t k = 0; k < count; ++k) {
    lanes.left.push_back(half(a));
    lanes.right.push_back(half(b));
  }
  for (std::size_t k = 0; k < kGuards; ++k) {
    lanes.left.push_back(static_cast<Word>(random()));
    lanes.right.push_back(static_cast<Word>(random()));
  }
  return lanes;
}

template <class Word>
void check(const FeistelNetwork<Word>& network, std::size_t count, std::mt19937& random) {
  const test::ReferenceNetwork reference = test::reference_of(network);
  const Lanes<Word> before = lanes_of(network, count, random);
  Lanes<Word> forward = before;
  Lanes<Word> backward = before;
  u64 differing = 0;  // pairs of the functions for one pair
  for (std::size_t k = 0; k < count; ++k) {
    const auto there = reference.forward({before.left[k], before.right[k]});
    forward.left[k] = static_cast<Word>(there.first);
    forward.right[k] = static_cast<Word>(there.second);
    const auto back = reference.backward({before.left[k], before.right[k]});
    backward.left[k] = static_cast<Word>(back.first);
    backward.right[k] = static_cast<Word>(back.second);
    const Pair<Word> one = forward_pair(network, {before.left[k], before.right[k]});
    const Pair<Word> other = backward_pair(network, {before.left[k], before.right[k]});
    differing += one.left == forward.left[k] && one.right == forward.right[k] ? 0 : 1;
    differing += other.left == backward.left[k] && other.right == backward.right[k] ? 0 : 1;
  }
  INFO(sizeof(Word) * 8 << " bits, a " << network.left_size << ", m " << network.right_bits
                        << ", rounds " << network.rounds << ", count " << count);
  REQUIRE(differing == 0);
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa));
    Lanes<Word> lanes = before;
    FeistelKernels<Word>::forward.at(isa)(network, count, lanes.left.data(), lanes.right.data());
    REQUIRE(test::first_difference(lanes.left, forward.left) == test::kSame);
    REQUIRE(test::first_difference(lanes.right, forward.right) == test::kSame);
    FeistelKernels<Word>::backward.at(isa)(network, count, lanes.left.data(), lanes.right.data());
    REQUIRE(lanes == before);
    FeistelKernels<Word>::backward.at(isa)(network, count, lanes.left.data(), lanes.right.data());
    REQUIRE(test::first_difference(lanes.left, backward.left) == test::kSame);
    REQUIRE(test::first_difference(lanes.right, backward.right) == test::kSame);
  }
}

template <class Word>
std::vector<u64> left_sizes() {
  constexpr u64 kMost = u64{1} << (sizeof(Word) * 8 - 1);
  std::vector<u64> sizes = {1,     2,     3,     4,         5,         33,       64,
                            181,   255,   256,   257,       4095,      4096,     4097,
                            10007, 32767, kMost, kMost - 1, kMost / 2, kMost / 3};
  if constexpr (sizeof(Word) == 4) {
    sizes.insert(sizes.end(), {32768, 32769, 65535, 65536, 65537, 1000003, 1518500249});
  }
  return sizes;
}

TEMPLATE_TEST_CASE("rounds are their formula for every a and m", "[order][feistel]", u16, u32) {
  constexpr u32 kBits = sizeof(TestType) * 8;
  std::mt19937 random(401);
  std::size_t turn = 0;
  for (const u64 a : left_sizes<TestType>()) {
    for (u32 m = 1; m <= kBits; ++m, ++turn) {
      const std::size_t rounds = 2 + turn % 8 * 2;
      const std::size_t count = kFeistelLanes * (1 + turn % 3);
      check(network_of<TestType>(a, m, rounds, Keys::random, random), count, random);
    }
  }
}

TEMPLATE_TEST_CASE("rounds of every number, with extreme keys", "[order][feistel]", u16, u32) {
  constexpr u32 kBits = sizeof(TestType) * 8;
  constexpr u64 kMost = u64{1} << (kBits - 1);
  std::mt19937 random(402);
  for (const Keys keys : {Keys::random, Keys::zeros, Keys::ones}) {
    for (std::size_t rounds = 0; rounds <= kMostRounds; rounds += 2) {
      for (const u64 a : {u64{1}, u64{2}, u64{33}, u64{4097}, kMost}) {
        for (const u32 m : {1U, 7U, kBits / 2, kBits - 1, kBits}) {
          INFO("keys " << static_cast<int>(keys));
          check(network_of<TestType>(a, m, rounds, keys, random), kFeistelLanes, random);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("rounds of every count of lanes", "[order][feistel]", u16, u32) {
  std::mt19937 random(403);
  for (std::size_t count = 0; count <= 1024; count += kFeistelLanes) {
    check(network_of<TestType>(12345, 14, 8, Keys::random, random), count, random);
  }
}

// Formula or not: no two pairs come to one, and each stays within its halves.
TEMPLATE_TEST_CASE("rounds are a bijection of all pairs", "[order][feistel]", u16, u32) {
  std::mt19937 random(404);
  for (const u64 a : {1, 2, 3, 33, 64, 77}) {
    for (const u32 m : {1U, 2U, 7U, 9U}) {
      for (const std::size_t rounds : {2, 6, 8}) {
        const auto network = network_of<TestType>(a, m, rounds, Keys::random, random);
        const u64 b = u64{1} << m;
        std::vector<bool> seen(a * b, false);
        u64 wrong = 0;
        for (u64 place = 0; place < a * b; ++place) {
          const Pair<TestType> pair = forward_pair(
              network, {static_cast<TestType>(place / b), static_cast<TestType>(place % b)});
          if (pair.left >= a || pair.right >= b || seen[pair.left * b + pair.right]) {
            ++wrong;
          } else {
            seen[pair.left * b + pair.right] = true;
          }
        }
        INFO("a " << a << ", m " << m << ", rounds " << rounds);
        REQUIRE(wrong == 0);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
