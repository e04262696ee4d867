#include "fastsamplers/lengths/parted_passes.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <random>
#include <vector>

#include "thread_counts.hpp"

namespace fastsamplers::lengths {
namespace {

TEST_CASE("buckets begin where those before them end", "[lengths][passes]") {
  std::vector<u32> counts = {3, 0, 2, 5};
  begin_buckets(counts);
  CHECK(counts == std::vector<u32>{0, 3, 3, 5});
  std::vector<u32> none;
  begin_buckets(none);
  CHECK(none.empty());
}

TEST_CASE("parts of a chunk follow each other, whatever team there is", "[lengths][passes]") {
  struct Part {
    std::size_t number;
    u64 first;
    u64 end;
  };
  for (const u64 first : {0, 17}) {
    for (const u64 length : {0, 1, 2, 3, 10, 1001}) {
      for (std::size_t parts = 1; parts <= 5; ++parts) {
        std::mutex mutex;
        std::vector<Part> seen;
        for_parts(first, first + length, parts, [&](std::size_t part, u64 start, u64 end) {
          const std::scoped_lock lock(mutex);
          seen.push_back({part, start, end});
        });
        std::sort(seen.begin(), seen.end(),
                  [](const Part& a, const Part& b) { return a.number < b.number; });
        INFO(length << " items from " << first << " in " << parts << " parts");
        REQUIRE(seen.size() == parts);
        u64 place = first;
        for (std::size_t part = 0; part < parts; ++part) {
          CHECK(seen[part].number == part);
          CHECK(seen[part].first == place);
          CHECK(seen[part].end >= place);
          place = seen[part].end;
        }
        CHECK(place == first + length);
      }
    }
  }
}

TEST_CASE("a chunk is shared from twice the least one on", "[lengths][passes]") {
  const test::ThreadCount active(3);
  CHECK(parts_of_chunk(5, 5 + 2 * kLeastChunk - 1) == 1);
  CHECK(parts_of_chunk(5, 5 + 2 * kLeastChunk) == 3);
  CHECK(parts_of_chunk(0, 0) == 1);
}

// Items of eleven buckets, one of which has none; the last chunk is a short one.
TEST_CASE("a pass in chunks and parts is stable", "[lengths][passes]") {
  constexpr std::size_t kItems = 5 * kLeastChunk + 9;
  constexpr u32 kBuckets = 11;
  std::mt19937 random(41);
  std::vector<u32> items(kItems);
  for (u32& item : items) item = random() % kBuckets * 3 % kBuckets;
  std::replace(items.begin(), items.end(), 4, 5);
  std::vector<u32> expected;
  for (u32 bucket = 0; bucket < kBuckets; ++bucket) {
    for (u32 i = 0; i < kItems; ++i) {
      if (items[i] == bucket) expected.push_back(i);
    }
  }
  const auto count = [&](u64 first, u64 end, u32* counts) {
    for (u64 i = first; i < end; ++i) ++counts[items[i]];
  };
  for (const std::size_t threads : {1, 2, 3}) {
    const test::ThreadCount active(threads);
    for (const u64 chunk : {kLeastChunk, 2 * kLeastChunk, u64{kItems}}) {
      std::vector<u32> places(kBuckets);
      for (u64 i = 0; i < kItems; i += chunk) {
        count_chunk(i, std::min<u64>(i + chunk, kItems), places, count);
      }
      for (u32 bucket = 0; bucket < kBuckets; ++bucket) {
        CHECK(places[bucket] == std::count(items.begin(), items.end(), bucket));
      }
      begin_buckets(places);
      std::vector<u32> moved(kItems, ~u32{0});
      std::atomic<u64> parts = 0;
      for (u64 i = 0; i < kItems; i += chunk) {
        move_chunk(i, std::min<u64>(i + chunk, kItems), places, count,
                   [&](std::size_t part, u64 first, u64 end, u32* at) {
                     parts += u64{1} << (20 * part);
                     for (u64 k = first; k < end; ++k) moved[at[items[k]]++] = static_cast<u32>(k);
                   });
      }
      const u64 chunks = (kItems - 1) / chunk + 1;
      u64 expected_parts = chunks;
      if (chunk >= 2 * kLeastChunk) {
        // The last chunk is a short one, or there is one alone.
        const u64 shared = chunk < kItems ? chunks - 1 : 1;
        for (std::size_t part = 1; part < threads; ++part) expected_parts += shared << (20 * part);
      }
      CHECK(parts == expected_parts);
      INFO(threads << " threads, chunks of " << chunk);
      CHECK(moved == expected);
      // Each bucket ends where the next one begins.
      CHECK(places.back() == kItems);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::lengths
