#include "fastsamplers/order/replacement.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

constexpr u64 kMostN = (u64{1} << 63) - 1;
constexpr std::array<u64, 12> kSizes = {1,
                                        2,
                                        3,
                                        10,
                                        1000003,
                                        (u64{1} << 28) - 1,
                                        u64{1} << 28,
                                        (u64{1} << 28) + 1,
                                        u64{1} << 32,
                                        (u64{1} << 32) + 1,
                                        u64{1} << 62,
                                        kMostN};

std::vector<i64> expected_of(u64 seed, u64 n, std::size_t length) {
  std::mt19937 words = test::words_of(seed);
  return test::bounded_integers(words, 0, n, length);
}

TEST_CASE("independent indices are remainders of the words", "[order][replacement]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 n : kSizes) {
      for (const std::size_t length : {0, 1, 31, 32, 33, 624, 2049, 9000}) {
        INFO(test::name_of(isa) << ", n " << n << ", length " << length);
        test::check_stream(
            [=] { return std::make_shared<ReplacementStream>(Mt19937(n), n, length); },
            expected_of(n, n, length), length, 40);
      }
    }
  }
}

TEST_CASE("independent indices at every length", "[order][replacement]") {
  for (const u64 n : {u64{100}, u64{1} << 30}) {
    for (const std::size_t length : test::edge_sizes()) {
      INFO("n " << n << ", length " << length);
      test::check_stream(
          [=] { return std::make_shared<ReplacementStream>(Mt19937(length), n, length); },
          expected_of(length, n, length), n, 40);
    }
  }
}

TEST_CASE("a seek far ahead skips the words in between", "[order][replacement]") {
  for (const u64 n : {u64{100}, u64{1} << 30}) {
    const u64 place = 3000001;
    ReplacementStream stream(Mt19937(4), n, kMostN);
    stream.seek(place);
    std::mt19937 words = test::words_of(4);
    words.discard(place * (n == 100 ? 1 : 2));
    std::array<i64, 40> out{};
    REQUIRE(stream.next(out) == out.size());
    const std::vector<i64> wanted = test::bounded_integers(words, 0, n, out.size());
    CHECK(test::first_difference(out, wanted) == test::kSame);
    CHECK(stream.position() == place + out.size());
  }
}

TEST_CASE("the engine that was given stays where it is", "[order][replacement]") {
  const Mt19937 engine(6);
  const Mt19937 before = engine;
  ReplacementStream stream(engine, 10, 5000);
  test::read_rest(stream, 100);
  CHECK(test::same_state(engine, before));
}

TEST_CASE("sizes out of range are refused by name, rule and value", "[order][replacement]") {
  const Mt19937 engine(1);
  CHECK_THROWS_MATCHES(ReplacementStream(engine, 0, 1), std::invalid_argument,
                       Catch::Message("n should be positive, but got n=0"));
  CHECK_THROWS_MATCHES(
      ReplacementStream(engine, kMostN + 1, 1), std::invalid_argument,
      Catch::Message("n should be at most 2**63 - 1, but got n=9223372036854775808"));
  CHECK_THROWS_MATCHES(
      ReplacementStream(engine, 1, kMostN + 1), std::invalid_argument,
      Catch::Message("length should be at most 2**63 - 1, but got length=9223372036854775808"));
}

}  // namespace
}  // namespace fastsamplers::order
