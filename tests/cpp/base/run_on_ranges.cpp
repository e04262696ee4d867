#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "fastsamplers/base/parallel.hpp"
#include "thread_counts.hpp"

namespace fastsamplers {
namespace {

// What run_on_ranges gave its body, sorted by where it begins.
struct Part {
  u64 first;
  u64 end;
  std::thread::id thread;
};

std::vector<Part> parts_of(u64 count, u64 least) {
  std::mutex mutex;
  std::vector<Part> parts;
  run_on_ranges(count, least, [&](u64 first, u64 end) {
    const std::lock_guard lock(mutex);
    parts.push_back({first, end, std::this_thread::get_id()});
  });
  std::sort(parts.begin(), parts.end(), [](const Part& left, const Part& right) {
    return left.first != right.first ? left.first < right.first : left.end < right.end;
  });
  return parts;
}

TEST_CASE("ranges cover all once, about alike", "[base][parallel]") {
  std::vector<u64> counts = {1000, 1001, 1023, 1024, (u64{1} << 62) + 5, ~u64{0}};
  for (u64 count = 0; count <= 20; ++count) counts.push_back(count);
  for (const std::size_t threads : {1, 2, 3, 4, 7, 16}) {
    const test::ThreadCount active(threads);
    for (const u64 count : counts) {
      INFO(threads << " threads, count " << count);
      const std::vector<Part> parts = parts_of(count, 0);
      REQUIRE(parts.size() == threads);
      u64 end = 0;
      std::set<std::thread::id> ids;
      for (const Part& part : parts) {
        REQUIRE(part.first == end);
        REQUIRE(part.end >= part.first);
        CHECK(part.end - part.first >= count / threads);
        CHECK(part.end - part.first <= count / threads + (threads - 1));
        end = part.end;
        ids.insert(part.thread);
      }
      CHECK(end == count);
      CHECK(ids.size() == threads);
      CHECK(ids.contains(std::this_thread::get_id()));
    }
  }
}

TEST_CASE("ranges below the least are one, in the calling thread", "[base][parallel]") {
  const test::ThreadCount four(4);
  for (const u64 least : {u64{1}, u64{2}, u64{100}, u64{1} << 40, ~u64{0}}) {
    for (const u64 count : {u64{0}, least / 2, least - 1}) {
      INFO("count " << count << ", least " << least);
      const std::vector<Part> parts = parts_of(count, least);
      REQUIRE(parts.size() == 1);
      CHECK(parts[0].first == 0);
      CHECK(parts[0].end == count);
      CHECK(parts[0].thread == std::this_thread::get_id());
    }
    CHECK(parts_of(least, least).size() == 4);
  }
}

TEST_CASE("ranges in a thread that has company are shared among fewer", "[base][parallel]") {
  const test::ThreadCount four(4);
  std::vector<Part> alone;
  std::vector<Part> two;
  thread_without_signals([&] {
    limit_threads_here(2);
    two = parts_of(1000, 1);
    limit_threads_here(1);
    alone = parts_of(1000, 1);
  }).join();
  CHECK(two.size() == 2);
  CHECK(alone.size() == 1);
  CHECK(parts_of(1000, 1).size() == 4);
}

// ThreadSanitizer sees it if what the threads wrote were not there when it returns.
TEST_CASE("what ranges wrote is there when they are done", "[base][parallel]") {
  for (std::size_t threads = 1; threads <= 8; ++threads) {
    const test::ThreadCount active(threads);
    std::vector<u64> times(100003, 0);
    run_on_ranges(times.size(), 1, [&](u64 first, u64 end) {
      for (u64 k = first; k < end; ++k) ++times[k];
    });
    CHECK(static_cast<std::size_t>(std::count(times.begin(), times.end(), 1)) == times.size());
  }
}

}  // namespace
}  // namespace fastsamplers
