// Both shuffles, and what is built of them, against the plain loops.

#include "fastsamplers/order/permutation.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/randperm.hpp"
#include "sweep.hpp"

using namespace fastsamplers;
using rng::Mt19937;

namespace {

std::vector<i64> forward(Mt19937& engine, u64 n) {
  std::vector<i64> r(n);
  std::iota(r.begin(), r.end(), 0);
  for (u64 i = 0; i + 1 < n; ++i) std::swap(r[i], r[i + engine.random() % (n - i)]);
  return r;
}

std::vector<i64> inside_out(Mt19937 engine, u64 n) {
  std::vector<i64> r(n);
  for (u64 i = 0; i < n; ++i) {
    const u64 z = engine.random64() % (i + 1);
    r[i] = r[z];
    r[z] = static_cast<i64>(i);
  }
  return r;
}

std::vector<u64> sizes() {
  auto all = test::kSizes;
  // Where the sparse table begins, and its end within a larger permutation.
  for (const u64 n : {u64{100'000}, (u64{1} << 18) - 1, u64{1} << 18, (u64{1} << 18) + 1}) {
    all.push_back(n);
  }
  return all;
}

}  // namespace

TEST_CASE("words of a permutation") {
  REQUIRE(order::permutation_words(0) == 0);
  REQUIRE(order::permutation_words(1) == 0);
  REQUIRE(order::permutation_words(2) == 1);
  REQUIRE(order::permutation_words(214'748'363) == 214'748'362);
  REQUIRE(order::permutation_words(214'748'364) == 2 * 214'748'364ULL);
  REQUIRE(order::permutation_bytes(u64{1} << 32) == u64{1} << 34);
  REQUIRE(order::permutation_bytes((u64{1} << 32) + 1) == 8 * ((u64{1} << 32) + 1));
}

TEST_CASE("the forward shuffle, at every level, whole") {
  for (const Isa isa : test::levels()) {
    const test::UseLevel use(isa);
    for (const u64 n : sizes()) {
      if (n == 0) continue;
      CAPTURE(isa_name(isa), n);
      Mt19937 plain(n);
      const auto expected = forward(plain, n);
      order::ForwardShuffle shuffle(Mt19937(n), n);
      std::vector<i64> out(n);
      shuffle.read(0, out);
      REQUIRE(out == expected);
    }
  }
}

TEST_CASE("the forward shuffle in any order of reads and steps") {
  std::mt19937_64 random(8);
  for (const u64 n : {u64{1}, u64{2}, u64{700}, u64{4097}, (u64{1} << 18) + 7}) {
    Mt19937 plain(3);
    const auto expected = forward(plain, n);
    for (int round = 0; round < 20; ++round) {
      order::ForwardShuffle shuffle(Mt19937(3), n);
      for (int step = 0; step < 30; ++step) {
        // Mostly near the beginning, so that reads fall before, across and behind what is done.
        const u64 span = random() % 2 ? n : std::min<u64>(n, 10'000);
        const u64 first = random() % span;
        const u64 count = random() % std::min<u64>(n - first + 1, 6'000);
        if (random() % 4 == 0) shuffle.advance(first);
        std::vector<i64> out(count);
        shuffle.read(first, out);
        REQUIRE(std::equal(out.begin(), out.end(), expected.begin() + static_cast<i64>(first)));
        REQUIRE(shuffle.steps_done() >= first + count);
      }
    }
  }
}

TEST_CASE("a short read of a large permutation does no more steps than it needs") {
  order::ForwardShuffle shuffle(Mt19937(1), 200'000'000);
  std::vector<i64> out(10);
  shuffle.read(0, out);
  REQUIRE(shuffle.steps_done() == 10);
}

TEST_CASE("the inside-out shuffle, at every level, in parts") {
  for (const Isa isa : test::levels()) {
    const test::UseLevel use(isa);
    for (const u64 n : sizes()) {
      if (n == 0) continue;
      order::InsideOutShuffle shuffle(Mt19937(n), n);
      for (u64 end = n / 3; shuffle.steps_done() < n; end = std::min(n, end + n / 3 + 1)) {
        shuffle.advance(end);
      }
      std::vector<i64> out(n);
      shuffle.read(0, out);
      REQUIRE(out == inside_out(Mt19937(n), n));
      std::vector<i64> tail(n - n / 2);
      shuffle.read(n / 2, tail);
      REQUIRE(std::equal(tail.begin(), tail.end(), out.begin() + static_cast<i64>(n / 2)));
    }
  }
}

TEST_CASE("randperm into 32 and 64 bits, in parts") {
  for (const Isa isa : test::levels()) {
    const test::UseLevel use(isa);
    for (const u64 n : sizes()) {
      Mt19937 plain(n);
      const auto expected = forward(plain, n);
      for (const u64 part : {u64{1} << 40, n / 3 + 1}) {
        std::vector<i64> wide(n, -1);
        order::Randperm into_wide(Mt19937(n), std::span<i64>{wide});
        while (!into_wide.advance(part)) {
        }
        REQUIRE(wide == expected);
        std::vector<i32> narrow(n, -1);
        order::Randperm into_narrow(Mt19937(n), std::span<i32>{narrow});
        while (!into_narrow.advance(part)) {
        }
        REQUIRE(std::equal(narrow.begin(), narrow.end(), expected.begin(), expected.end()));
      }
    }
  }
}

TEST_CASE("a stream of several permutations goes on with the same engine") {
  for (const u64 n : {u64{1}, u64{2}, u64{5}, u64{625}, u64{5000}}) {
    Mt19937 plain(6);
    std::vector<i64> expected;
    for (int turn = 0; turn < 4; ++turn) {
      const auto one = forward(plain, n);
      expected.insert(expected.end(), one.begin(), one.end());
    }
    expected.resize(3 * n + n / 2);
    order::PermutationStream stream(Mt19937(6), n, expected.size());
    std::vector<i64> out(expected.size() + 5);
    REQUIRE(stream.next(out) == expected.size());
    out.resize(expected.size());
    REQUIRE(out == expected);
    REQUIRE(stream.next(out) == 0);
  }
}

TEST_CASE("preparing is what stands between a seek and the next index") {
  const u64 n = 300'000;
  Mt19937 plain(2);
  const auto expected = forward(plain, n);
  order::PermutationStream stream(Mt19937(2), n, 2 * n);
  REQUIRE(stream.prepare(1));  // the first index waits for nothing
  stream.seek(200'000);
  int parts = 1;
  while (!stream.prepare(50'000)) ++parts;
  REQUIRE(parts == 4);
  i64 index = -1;
  REQUIRE(stream.next({&index, 1}) == 1);
  REQUIRE(index == expected[200'000]);
}

TEST_CASE("a permutation that cannot fit is refused before it takes anything") {
  const u64 n = 1'000'000'000'000;
  REQUIRE_THROWS_WITH(order::PermutationStream(Mt19937(1), n, 5),
                      Catch::Contains("n=1000000000000") && Catch::Contains("8000000000000 bytes"));
  REQUIRE_NOTHROW(order::PermutationStream(Mt19937(1), n, 0));
  REQUIRE_THROWS_WITH(order::PermutationStream(Mt19937(1), 0, 5),
                      "n should be positive, but got n=0");
  REQUIRE_THROWS_WITH(order::ForwardShuffle(Mt19937(1), 214'748'364),
                      Catch::Contains("n should be below 214748364"));
}
