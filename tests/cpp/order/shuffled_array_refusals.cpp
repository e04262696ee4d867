// What arrays of index shuffles refuse, and what they leave alone then.

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastsamplers/order/shuffled_array.hpp"

namespace fastsamplers::order {
namespace {

constexpr i64 kLeast = std::numeric_limits<i64>::min();
constexpr i64 kUntouched = -1234567;

// Where the last place is the last, or the first, of the shuffle, and where it is one beyond.
TEST_CASE("a range that leaves the shuffle is refused", "[order][index_shuffle]") {
  struct Range {
    i64 first;
    i64 step;
    std::size_t size;
    bool fits;
  };
  const IndexShuffle shuffle(10, 1);
  std::vector<i64> memory(20, kUntouched);
  for (const auto& [first, step, size, fits] : {Range{0, 1, 10, true},
                                                Range{0, 1, 11, false},
                                                Range{1, 1, 10, false},
                                                Range{9, -1, 10, true},
                                                Range{9, -1, 11, false},
                                                Range{8, -1, 10, false},
                                                Range{0, 3, 4, true},
                                                Range{0, 3, 5, false},
                                                Range{1, 3, 4, false},
                                                Range{9, -3, 4, true},
                                                Range{9, -3, 5, false},
                                                Range{8, -3, 4, false},
                                                Range{0, 9, 2, true},
                                                Range{0, 10, 2, false},
                                                Range{9, -9, 2, true},
                                                Range{9, -10, 2, false},
                                                Range{0, -1, 2, false},
                                                Range{9, 1, 2, false},
                                                Range{5, 0, 20, true},
                                                Range{9, kLeast, 1, true},
                                                Range{9, kLeast, 2, false},
                                                Range{0, kLeast, 2, false},
                                                Range{0, -(kLeast + 1), 2, false}}) {
    INFO("first " << first << ", step " << step << ", size " << size);
    const std::span<i64> out(memory.data(), size);
    if (fits) {
      CHECK_NOTHROW(ShuffledRange(shuffle, first, step, out));
    } else {
      CHECK_THROWS_MATCHES(
          ShuffledRange(shuffle, first, step, out), std::invalid_argument,
          Catch::Message("step should be small enough that the range stays within the shuffle, "
                         "but got step=" +
                         std::to_string(step)));
    }
  }
  for (const i64 first : {i64{-1}, i64{10}, i64{11}, kLeast, -(kLeast + 1)}) {
    CHECK_THROWS_MATCHES(
        ShuffledRange(shuffle, first, 0, {memory.data(), 1}), std::invalid_argument,
        Catch::Message("first should be in [0, 10), but got first=" + std::to_string(first)));
    // Nothing is asked for, so nothing is wrong with it.
    CHECK(ShuffledRange(shuffle, first, 5, {}).advance(1));
  }
  CHECK(memory == std::vector<i64>(20, kUntouched));
}

std::string refused_index(i64 index, const std::string& n) {
  return "index should be in [-" + n + ", " + n + "), but got index=" + std::to_string(index);
}

std::string refused_value(i64 value, const std::string& n) {
  return "value should be in [0, " + n + "), but got value=" + std::to_string(value);
}

TEST_CASE("indices count from either end", "[order][index_shuffle]") {
  const IndexShuffle ten(10, 1);
  for (i64 index = 0; index < 10; ++index) {
    CHECK(place_of_index(ten, index) == index);
    CHECK(place_of_index(ten, index - 10) == index);
    CHECK_NOTHROW(check_value(ten, index));
  }
  for (const i64 index : {i64{10}, i64{-11}, i64{11}, kLeast, -(kLeast + 1)}) {
    CHECK_THROWS_MATCHES(place_of_index(ten, index), std::out_of_range,
                         Catch::Message(refused_index(index, "10")));
    CHECK_THROWS_MATCHES(check_value(ten, index), std::invalid_argument,
                         Catch::Message(refused_value(index, "10")));
  }
  CHECK_THROWS_MATCHES(check_value(ten, -1), std::invalid_argument,
                       Catch::Message(refused_value(-1, "10")));

  const IndexShuffle most(kMostShuffled, 1);
  const i64 n = i64{1} << 62;
  const std::string text = "4611686018427387904";
  CHECK(place_of_index(most, n - 1) == n - 1);
  CHECK(place_of_index(most, -n) == 0);
  CHECK(place_of_index(most, -1) == n - 1);
  CHECK_NOTHROW(check_value(most, n - 1));
  CHECK_THROWS_MATCHES(place_of_index(most, n), std::out_of_range,
                       Catch::Message(refused_index(n, text)));
  CHECK_THROWS_MATCHES(place_of_index(most, -n - 1), std::out_of_range,
                       Catch::Message(refused_index(-n - 1, text)));
  CHECK_THROWS_MATCHES(check_value(most, n), std::invalid_argument,
                       Catch::Message(refused_value(n, text)));
}

// The first three parts are done, the fourth has the one that is refused, the rest is not reached.
TEST_CASE("what lies behind a refused part is untouched", "[order][index_shuffle]") {
  constexpr std::size_t kPart = 100;
  for (const u64 n : {1000, 5000}) {
    const IndexShuffle shuffle(n, 3);
    const auto size = static_cast<i64>(n);
    std::vector<i64> indices(6 * kPart);
    for (std::size_t k = 0; k < indices.size(); ++k) indices[k] = static_cast<i64>(k);
    for (const std::size_t bad : {3 * kPart, 3 * kPart + 50, 4 * kPart - 1}) {
      for (const bool is_forward : {true, false}) {
        std::vector<i64> out = indices;
        out[bad] = size;
        out[5 * kPart] = -1;  // a negative place that would be turned
        const std::vector<i64> before = out;
        ShuffledPlaces places(shuffle, out);
        PlacesOfValues values(shuffle, out);
        const std::function<bool()> advance = [&] {
          return is_forward ? places.advance(kPart) : values.advance(kPart);
        };
        for (int part = 0; part < 3; ++part) REQUIRE_FALSE(advance());
        for (int attempt = 0; attempt < 2; ++attempt) {  // it does not go on behind it
          if (is_forward) {
            REQUIRE_THROWS_MATCHES(advance(), std::out_of_range,
                                   Catch::Message(refused_index(size, std::to_string(n))));
          } else {
            REQUIRE_THROWS_MATCHES(advance(), std::invalid_argument,
                                   Catch::Message(refused_value(size, std::to_string(n))));
          }
        }
        u64 wrong = 0;
        for (std::size_t k = 0; k < 3 * kPart; ++k) {
          const i64 done = is_forward ? shuffle.value_at(before[k]) : shuffle.place_of(before[k]);
          wrong += out[k] == done ? 0 : 1;
        }
        for (std::size_t k = bad; k < out.size(); ++k) wrong += out[k] == before[k] ? 0 : 1;
        CHECK(wrong == 0);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
