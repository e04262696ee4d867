#include "fastsamplers/order/sequential.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <stdexcept>
#include <vector>

#include "oracle.hpp"
#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

constexpr i64 kLeast = std::numeric_limits<i64>::min();
constexpr i64 kMost = std::numeric_limits<i64>::max();
constexpr u64 kLongest = (u64{1} << 63) - 1;

// first, first + step, ... by addition, without a step past the last.
std::vector<i64> arithmetic(u64 length, i64 first, i64 step) {
  std::vector<i64> all;
  for (u64 k = 0; k < length; ++k) all.push_back(k == 0 ? first : all.back() + step);
  return all;
}

TEST_CASE("a sequence of its length from zero", "[order][sequential]") {
  for (const std::size_t length : test::edge_sizes()) {
    INFO("length " << length);
    test::check_stream([&] { return std::make_shared<SequentialStream>(length); },
                       arithmetic(length, 0, 1), length);
  }
}

TEST_CASE("a sequence with a first value and a step", "[order][sequential]") {
  struct Case {
    u64 length;
    i64 first;
    i64 step;
  };
  const std::array<Case, 10> cases = {{{100, 5, 3},
                                       {1000, -7, -2},
                                       {33, 4, 0},
                                       {4, kLeast, i64{1} << 62},
                                       {2, kLeast, kMost},
                                       {2, kMost, kLeast},
                                       {50, kMost, -1},
                                       {50, kLeast, 1},
                                       {1, kMost, kMost},
                                       {0, kMost, kMost}}};
  for (const auto& [length, first, step] : cases) {
    INFO("length " << length << ", first " << first << ", step " << step);
    for (u64 seed = 0; seed < 5; ++seed) {
      test::check_stream(
          [&, length = length, first = first, step = step] {
            return std::make_shared<SequentialStream>(length, first, step);
          },
          arithmetic(length, first, step), seed);
    }
  }
}

TEST_CASE("the longest sequence ends at its last index", "[order][sequential]") {
  SequentialStream stream(kLongest);
  CHECK(stream.length() == kLongest);
  stream.seek(kLongest - 3);
  std::array<i64, 5> out{};
  REQUIRE(stream.next(out) == 3);
  CHECK(out[0] == kMost - 3);
  CHECK(out[1] == kMost - 2);
  CHECK(out[2] == kMost - 1);
  CHECK(out[3] == 0);
  CHECK(stream.position() == kLongest);

  stream.seek(1);
  REQUIRE(stream.next_strided(out, u64{1} << 62) == 2);
  CHECK(out[0] == 1);
  CHECK(out[1] == (i64{1} << 62) + 1);
  CHECK(stream.position() == kLongest);
}

TEST_CASE("a sequence longer than int64 counts is refused", "[order][sequential]") {
  for (const u64 length : {kLongest + 1, ~u64{0}}) {
    CHECK_THROWS_MATCHES(SequentialStream(length), std::invalid_argument,
                         Catch::Message("length should be at most 2**63 - 1, but got length=" +
                                        std::to_string(length)));
  }
}

}  // namespace
}  // namespace fastsamplers::order
