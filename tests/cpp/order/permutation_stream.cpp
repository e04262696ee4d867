#include "fastsamplers/order/permutation_stream.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastsamplers/base/memory.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

test::MakeStream make(u64 seed, u64 n, u64 length) {
  return [=] { return std::make_shared<PermutationStream>(Mt19937(seed), n, length); };
}

TEST_CASE("permutations one after the other, from one engine, at every size and level",
          "[order][permutation_stream]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 n : test::permutation_sizes()) {
      if (n == 0) continue;
      for (const u64 length : {n, 2 * n + n / 2 + 1}) {
        INFO(test::name_of(isa) << ", n " << n << ", length " << length);
        test::check_stream(make(n, n, length), test::repeated_permutation(n, n, length), n, 40);
      }
    }
  }
}

TEST_CASE("any length of any small permutation", "[order][permutation_stream]") {
  for (u64 n = 1; n <= 9; ++n) {
    for (u64 length = 0; length <= 40; ++length) {
      INFO("n " << n << ", length " << length);
      test::check_stream(make(n + length, n, length),
                         test::repeated_permutation(n + length, n, length), length, 30);
    }
  }
}

TEST_CASE("many walks where the sparse table ends", "[order][permutation_stream]") {
  const u64 n = u64{1} << 18;
  const u64 length = n + 9000;
  const std::vector<i64> expected = test::repeated_permutation(5, n, length);
  for (u64 seed = 0; seed < 20; ++seed) {
    const auto stream = make(5, n, length)();
    test::check_interleaving(*stream, expected, seed, 40);
  }
}

TEST_CASE("the engine that was given goes its own way", "[order][permutation_stream]") {
  Mt19937 engine(9);
  engine.skip(1000);
  const Mt19937 before = engine;
  PermutationStream stream(engine, 100, 300);
  const std::vector<i64> first = test::read_rest(stream, 50);
  CHECK(test::same_state(engine, before));
  engine.skip(5);
  stream.seek(0);
  CHECK(test::read_rest(stream, 50) == first);

  std::mt19937 words = test::words_of(9);
  words.discard(1000);
  std::vector<i64> wanted;
  for (int turn = 0; turn < 3; ++turn) {
    const std::vector<i64> one = test::forward_permutation(words, 100);
    wanted.insert(wanted.end(), one.begin(), one.end());
  }
  CHECK(first == wanted);
}

TEST_CASE("prepare does the steps it is asked for and no more than are needed",
          "[order][permutation_stream]") {
  PermutationStream stream(Mt19937(3), 10000, 20000);
  CHECK(stream.prepare(1));  // nothing stands before the first index
  stream.seek(10000 + 5000);
  int calls = 1;
  while (!stream.prepare(100)) ++calls;
  CHECK(calls == 50);
  CHECK(stream.prepare(0));
  stream.seek(10000 + 4999);
  CHECK(stream.prepare(0));  // already passed
  stream.seek(10000 + 5001);
  CHECK(stream.prepare(0));  // at least one step at a time, so that a loop ends
  CHECK(stream.position() == 15001);
  stream.seek(20000);
  CHECK(stream.prepare(0));
}

TEST_CASE("torch's branch decides what stands before the first index",
          "[order][permutation_stream]") {
  PermutationStream forward(Mt19937(3), kInsideOutFrom - 1, 10);
  CHECK(forward.prepare(1));
  PermutationStream inside_out(Mt19937(3), kInsideOutFrom, 10);
  CHECK_FALSE(inside_out.prepare(1));
  CHECK_FALSE(inside_out.prepare(1000));
  CHECK(inside_out.position() == 0);
  CHECK(inside_out.length() == 10);
  inside_out.seek(10);
  CHECK(inside_out.prepare(1));
}

TEST_CASE("an empty stream needs no permutation", "[order][permutation_stream]") {
  for (const u64 n : {u64{0}, u64{5}, u64{1} << 62}) {
    test::check_stream(make(1, n, 0), {}, n);
  }
}

TEST_CASE("indices of nothing are refused", "[order][permutation_stream]") {
  CHECK_THROWS_MATCHES(PermutationStream(Mt19937(1), 0, 1), std::invalid_argument,
                       Catch::Message("n should be positive, but got n=0"));
}

#if defined(__linux__)

TEST_CASE("a permutation that memory cannot hold is refused at construction",
          "[order][permutation_stream]") {
  // From 2^61 on their bytes do not fit 64 bits.
  for (const u64 n : {u64{1} << 40, u64{1} << 60, u64{1} << 61, u64{1} << 62, ~u64{0}}) {
    INFO("n " << n);
    CHECK_THROWS_AS(PermutationStream(Mt19937(1), n, 1), MemoryLimitError);
  }
}

#endif

// 0.9 GB for the stream and as much for the plain loop.
TEST_CASE("the inside-out branch at its first size", "[.large]") {
  const u64 n = kInsideOutFrom;
  std::vector<u32> expected(n);
  std::mt19937 words = test::words_of(21);
  for (u64 i = 0; i < n; ++i) {
    const u64 z = test::two_words(words) % (i + 1);
    expected[i] = expected[z];
    expected[z] = static_cast<u32>(i);
  }
  PermutationStream stream(Mt19937(21), n, n);
  while (!stream.prepare(u64{1} << 24)) {
  }
  std::vector<i64> out(1 << 16);
  u64 read = 0;
  while (const std::size_t got = stream.next(out)) {
    const std::span<const u32> wanted{expected.data() + read, got};
    REQUIRE(test::first_difference(std::span<const i64>{out.data(), got}, wanted) == test::kSame);
    read += got;
  }
  CHECK(read == n);
}

}  // namespace
}  // namespace fastsamplers::order
