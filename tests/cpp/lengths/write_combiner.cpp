#include "fastsamplers/lengths/write_combiner.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <vector>

namespace fastsamplers::lengths {
namespace {

using Random = std::mt19937_64;

// An array that begins `shift` elements behind a line, with a line of guards on both sides.
template <class Out>
struct Lined {
  static constexpr std::size_t kGuards = 64 / sizeof(Out);
  static constexpr Out kUntouched = static_cast<Out>(0x5a5a5a5a5a5a5a5a);

  Lined(std::size_t count, std::size_t shift)
      : memory(count + shift + 2 * kGuards, kUntouched), first(kGuards + shift), size(count) {}
  std::span<Out> span() { return std::span<Out>{memory}.subspan(first, size); }

  PageVector<Out> memory;
  std::size_t first;
  std::size_t size;
};

// Where each of so many buckets begins, with random sizes, some of them 0.
std::vector<u32> some_places(Random& random, std::size_t buckets, u32 most) {
  std::vector<u32> places(buckets + 1);
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    places[bucket + 1] = places[bucket] + static_cast<u32>(random() % (most + 1));
  }
  return places;
}

// Puts values into [begin, end) of each bucket, in `rounds` rounds, and into no other place.
template <class Out>
void check_writes(Random& random, std::size_t shift, std::size_t buckets, u32 most, u32 rounds) {
  const std::vector<u32> places = some_places(random, buckets, most);
  Lined<Out> out(places.back(), shift);
  auto expected = out.memory;
  WriteCombiner<Out> combiner(out.span(), buckets);
  std::vector<u32> at(places.begin(), places.end() - 1);
  Out value = 0;
  for (u32 round = 1; round <= rounds; ++round) {
    std::vector<u32> turns;
    for (u32 bucket = 0; bucket < buckets; ++bucket) {
      const u32 left = places[bucket + 1] - at[bucket];
      // The last round need not fill a bucket: another thread may have the rest.
      const u32 count = static_cast<u32>(random() % (left + 1));
      turns.insert(turns.end(), count, bucket);
    }
    std::shuffle(turns.begin(), turns.end(), random);
    const auto writer = combiner.begin(at.data());
    for (const u32 bucket : turns) {
      expected[out.first + at[bucket]] = ++value;
      writer.put(bucket, at[bucket]++, value);
    }
    combiner.finish(writer, at.data());
    INFO(buckets << " buckets of up to " << most << ", shift " << shift << ", round " << round);
    REQUIRE(out.memory == expected);
  }
}

TEMPLATE_TEST_CASE("values come to their places and to no other", "[lengths][combiner]", u32, i64) {
  Random random(211);
  for (std::size_t shift = 0; shift < 64 / sizeof(TestType); ++shift) {
    for (const std::size_t buckets : {1, 2, 3, 50}) {
      for (const u32 most : {1, 3, 7, 8, 9, 15, 16, 17, 40, 200}) {
        for (const u32 rounds : {1, 3}) {
          check_writes<TestType>(random, shift, buckets, most, rounds);
        }
      }
    }
  }
}

// Of values that change while they are counted: a bucket gets more than it has places.
TEMPLATE_TEST_CASE("places beyond the end are not written", "[lengths][combiner]", u32, i64) {
  Random random(212);
  for (std::size_t shift = 0; shift < 64 / sizeof(TestType); ++shift) {
    for (const std::size_t size : {1, 5, 16, 30, 100}) {
      for (u32 first = 0; first <= size; ++first) {
        Lined<TestType> out(size, shift);
        auto expected = out.memory;
        WriteCombiner<TestType> combiner(out.span(), 1);
        u32 place = first;
        const auto writer = combiner.begin(&place);
        for (u32 k = 0; k < 50; ++k) {
          if (place < size) expected[out.first + place] = static_cast<TestType>(k);
          writer.put(0, place++, static_cast<TestType>(k));
        }
        combiner.finish(writer, &place);
        INFO(size << " places, 50 from " << first << ", shift " << shift);
        REQUIRE(out.memory == expected);
      }
    }
  }
}

// So much has changed that places begin again from 0: they are dropped or written, nothing else is.
TEMPLATE_TEST_CASE("places that wrap around stay within the array", "[lengths][combiner]", u32,
                   i64) {
  for (std::size_t shift = 0; shift < 64 / sizeof(TestType); ++shift) {
    Lined<TestType> out(16, shift);
    const auto before = out.memory;
    WriteCombiner<TestType> combiner(out.span(), 1);
    u32 place = 0xfffffff0;
    const auto writer = combiner.begin(&place);
    for (u32 k = 0; k < 24; ++k) writer.put(0, place++, static_cast<TestType>(k));
    combiner.finish(writer, &place);
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (k < out.first || k >= out.first + 16) REQUIRE(out.memory[k] == before[k]);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::lengths
