// The values of index shuffles, one by one, in ranges and given places, against a plain definition.

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "fastsamplers/order/index_shuffle.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/shuffle_reference.hpp"

namespace fastsamplers::order {
namespace {

using test::ReferenceShuffle;

constexpr i64 kGuard = std::numeric_limits<i64>::min() + 12345;
constexpr std::size_t kGuards = 8;

// Of all forms and at their ends; sizes of which almost half of a * b lies above n, too.
std::vector<u64> sizes() {
  std::vector<u64> all = {1,    2,    3,     10,    1000,  4095,  4096,    4097,   4098,
                          4225, 5000, 65535, 65536, 65537, 99999, 1000003, 5000000};
  for (const u32 bits : {23, 24, 25, 30, 31, 32, 33, 40, 53, 61, 62}) {
    all.insert(all.end(), {(u64{1} << bits) - 1, u64{1} << bits});
    if (bits < 62) all.insert(all.end(), {(u64{1} << bits) + 1, u64{3} << (bits - 1)});
  }
  return all;
}

std::vector<i64> random_indices(u64 n, std::size_t count, std::mt19937& random) {
  std::vector<i64> indices;
  for (std::size_t k = 0; k < count; ++k) {
    const u64 edges[] = {0, n - 1, n / 2};
    const u64 any = test::two_words(random);
    indices.push_back(static_cast<i64>(any % 16 == 0 ? edges[any / 16 % 3] : any % n));
  }
  return indices;
}

std::vector<i64> values_of(const ReferenceShuffle& reference, const std::vector<i64>& places) {
  std::vector<i64> values;
  for (const i64 place : places) values.push_back(reference.value_at(static_cast<u64>(place)));
  return values;
}

// The same with guards on both sides, for what is not to be written.
std::vector<i64> guarded(const std::vector<i64>& values) {
  std::vector<i64> all(kGuards, kGuard);
  all.insert(all.end(), values.begin(), values.end());
  all.resize(all.size() + kGuards, kGuard);
  return all;
}

std::span<i64> inside(std::vector<i64>& all) {
  return std::span(all).subspan(kGuards, all.size() - 2 * kGuards);
}

TEST_CASE("values and places are those of the definition", "[order][index_shuffle]") {
  std::mt19937 random(601);
  for (const u64 n : sizes()) {
    for (int key = 0; key < 6; ++key) {
      const u64 seed = key == 0 ? 0 : test::two_words(random);
      const u64 epoch = key < 2 ? 0 : test::two_words(random);
      INFO("n " << n << ", seed " << seed << ", epoch " << epoch);
      const IndexShuffle shuffle(n, seed, epoch);
      const ReferenceShuffle reference(n, seed, epoch);
      u64 wrong = 0;
      for (const i64 place : random_indices(n, 300, random)) {
        const i64 value = reference.value_at(static_cast<u64>(place));
        wrong += shuffle.value_at(place) == value ? 0 : 1;
        wrong += shuffle.place_of(value) == place ? 0 : 1;
        wrong += reference.place_of(static_cast<u64>(value)) == place ? 0 : 1;
      }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("shuffles by any number of rounds are those of the definition",
          "[order][index_shuffle]") {
  for (const u64 n : {u64{5000}, u64{70000}, (u64{1} << 31) + 1, u64{1} << 50}) {
    for (std::size_t rounds = 0; rounds <= kMostRounds; rounds += 2) {
      const IndexShuffle shuffle(n, 1, 2, rounds);
      std::vector<i64> values(1000);
      shuffle.values_of_range(0, 1, values);
      INFO("n " << n << ", rounds " << rounds);
      CHECK(test::first_difference(values, ReferenceShuffle(n, 1, 2, rounds).values(1000)) ==
            test::kSame);
    }
  }
}

TEST_CASE("given indices are those of the definition, at every level", "[order][index_shuffle]") {
  std::mt19937 random(602);
  for (const u64 n : sizes()) {
    const IndexShuffle shuffle(n, n, 1);
    const ReferenceShuffle reference(n, n, 1);
    for (const std::size_t count : {0, 1, 2, 31, 127, 128, 129, 511, 512, 513, 1024, 1300}) {
      const std::vector<i64> places = random_indices(n, count, random);
      const std::vector<i64> values = values_of(reference, places);
      for (const Isa isa : test::supported_levels()) {
        const test::ActiveIsa active(isa);
        INFO(test::name_of(isa) << ", n " << n << ", count " << count);
        std::vector<i64> out = guarded(places);
        shuffle.values_at(inside(out));
        REQUIRE(test::first_difference(out, guarded(values)) == test::kSame);
        shuffle.places_of(inside(out));
        REQUIRE(test::first_difference(out, guarded(places)) == test::kSame);
      }
    }
  }
}

void check_range(const IndexShuffle& shuffle, const ReferenceShuffle& reference, u64 first,
                 u64 step, std::size_t count) {
  std::vector<i64> places;
  for (std::size_t k = 0; k < count; ++k) places.push_back(static_cast<i64>(first + k * step));
  const std::vector<i64> expected = guarded(values_of(reference, places));
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    INFO(test::name_of(isa) << ", n " << shuffle.size() << ", first " << first << ", step "
                            << static_cast<i64>(step) << ", count " << count);
    std::vector<i64> out = guarded(std::vector<i64>(count, 0));
    shuffle.values_of_range(static_cast<i64>(first), static_cast<i64>(step), inside(out));
    REQUIRE(test::first_difference(out, expected) == test::kSame);
  }
}

TEST_CASE("ranges are those of the definition, at every level", "[order][index_shuffle]") {
  std::mt19937 random(603);
  for (const u64 n : sizes()) {
    const IndexShuffle shuffle(n, 1, n);
    const ReferenceShuffle reference(n, 1, n);
    for (const std::size_t count : {0, 1, 2, 127, 129, 512, 513, 1100}) {
      if (count > n) continue;
      const u64 gaps = count < 2 ? 1 : count - 1;
      const u64 most = (n - 1) / gaps;  // the longest step there is room for
      for (const u64 step : {u64{0}, u64{1}, u64{7}, most, most / 2 + 1}) {
        if (step > most) continue;
        const u64 room = n - 1 - (count < 2 ? 0 : gaps * step);
        const u64 first = test::two_words(random) % (room + 1);
        const u64 last = first + n - 1 - room;
        check_range(shuffle, reference, first, step, count);
        check_range(shuffle, reference, last, u64{0} - step, count);
      }
    }
    for (const u64 step : {n, u64{1} << 40, (u64{1} << 63) - 1, u64{1} << 63, ~n}) {
      check_range(shuffle, reference, n / 2, step, 1);
      check_range(shuffle, reference, n / 2, step, 0);
    }
  }
}

// So few of a * b are left that almost every block has a walk, and some more than one.
TEST_CASE("values above n are sent on until they fall below it", "[order][index_shuffle]") {
  for (const u64 n : {4097, 4098, 4225, 8193, 16386, 65537}) {
    const ReferenceShuffle reference(n, 11, 0);
    const std::vector<i64> expected = reference.values();
    u64 walks = 0;
    for (u64 place = 0; place < n; ++place) {
      const u64 b = reference.network().b;
      const auto [left, right] = reference.network().forward({place / b, place % b});
      walks += right * reference.network().a + left >= n ? 1 : 0;
    }
    REQUIRE(walks > 20);
    const IndexShuffle shuffle(n, 11, 0);
    for (const Isa isa : test::supported_levels()) {
      const test::ActiveIsa active(isa);
      INFO(test::name_of(isa) << ", n " << n);
      std::vector<i64> out(n);
      shuffle.values_of_range(0, 1, out);
      REQUIRE(test::first_difference(out, expected) == test::kSame);
      shuffle.places_of(out);
      for (u64 k = 0; k < n; ++k) {
        if (out[k] != static_cast<i64>(k)) FAIL("place " << k);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
