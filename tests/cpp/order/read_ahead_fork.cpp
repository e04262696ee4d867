// Forks of a process that reads a stream ahead.
#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "child.hpp"
#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/read_ahead.hpp"
#include "hooked_stream.hpp"
#include "oracle.hpp"
#include "threads.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;
using test::HookedStream;
using test::Threads;

constexpr u64 kN = 500000;
constexpr u64 kStart = ReadAhead::kStartSteps;
constexpr u64 kBlock = ReadAhead::kBlockIndices;
constexpr std::size_t kLargestRead = ReadAhead::kBlockIndices;

// Reads up to position `end`; false when what comes is not expected(position). It allocates in a
// thread's first call only: the allocator of gcc's AddressSanitizer takes no heed of forks, and where
// another thread is allocating at that moment, the child waits for its lock for ever.
template <class Expected>
bool reads_to(IndexStream& stream, u64 end, std::size_t block, const Expected& expected) {
  thread_local std::vector<i64> room(kLargestRead);
  const std::span<i64> out(room.data(), std::min(block, room.size()));
  while (stream.position() < end) {
    u64 at = stream.position();
    const std::size_t got = stream.next(out.first(std::min<u64>(out.size(), end - at)));
    if (got == 0 || stream.position() != at + got) return false;
    for (std::size_t k = 0; k < got; ++k, ++at) {
      if (out[k] != expected(at)) return false;
    }
  }
  return true;
}

i64 itself(u64 position) { return static_cast<i64>(position); }

TEST_CASE("after a fork both sides read on", "[order][read_ahead][fork]") {
  const Threads active(2);
  const std::vector<i64> order = test::repeated_permutation(7, kN, kN);
  const auto expected = [&](u64 position) { return order[static_cast<std::size_t>(position)]; };
  const auto source = std::make_shared<PermutationStream>(Mt19937(7), kN, kN);
  std::optional<ReadAhead> stream(source);
  // Before there is a producer, and where it is anywhere among its blocks.
  for (const u64 place : {u64{1000}, kStart, kStart + 1, kStart + 1000, kStart + kBlock,
                          kStart + kBlock + 1, kStart + 3 * kBlock, kN - kBlock, kN - 1, kN}) {
    INFO("forks at " << place);
    REQUIRE(reads_to(*stream, place, 777, expected));
    REQUIRE(stream->is_running() == (place >= kStart));
    const int status = test::in_child([&] {
      if (stream->position() != place || !reads_to(*stream, kN, 1000, expected)) return false;
      i64 more = 0;
      if (stream->next({&more, 1}) != 0) return false;
      stream->seek(kN / 2);
      if (!reads_to(*stream, kN, 1000, expected)) return false;
      stream.reset();
      return true;
    });
    CHECK(status == test::kRight);
    CHECK(stream->position() == place);
  }
}

TEST_CASE("a child may drop, seek in, ask or fork a stream before it reads it",
          "[order][read_ahead][fork]") {
  const Threads active(2);
  std::optional<ReadAhead> stream(test::counting(4 * kN));
  REQUIRE(reads_to(*stream, kStart + 5, 1000, itself));
  REQUIRE(stream->is_running());
  CHECK(test::in_child([&] {
          stream.reset();
          return true;
        }) == test::kRight);
  CHECK(test::in_child([&] {
          stream->seek(9);
          return !stream->is_running() && reads_to(*stream, 4 * kN, 1000, itself);
        }) == test::kRight);
  CHECK(test::in_child([&] {
          while (!stream->prepare(1)) {
          }
          return reads_to(*stream, 4 * kN, 1000, itself);
        }) == test::kRight);
  // A child of a child, before and after the first has a producer of its own.
  CHECK(test::in_child([&] {
          const auto read = [&] { return reads_to(*stream, 4 * kN, 1000, itself); };
          if (test::in_child(read) != test::kRight) return false;
          if (!reads_to(*stream, kStart + 5 + kStart, 1000, itself)) return false;
          if (!test::kMayStartThreads) return read();
          if (!stream->is_running() || test::in_child(read) != test::kRight) return false;
          return read();
        }) == test::kRight);
  CHECK(stream->is_running());
  CHECK(reads_to(*stream, 4 * kN, 1000, itself));
}

TEST_CASE("a fork finds the source at rest", "[order][read_ahead][fork]") {
  const Threads active(2);
  std::atomic<bool> is_inside = false;
  std::atomic<int> begun = 0;
  std::optional<ReadAhead> stream(
      std::make_shared<HookedStream>(u64{1} << 40, [&](u64 first, u64 count) {
        if (first < kStart) return count;
        is_inside = true;
        ++begun;
        for (int k = 0; k < 30; ++k) std::this_thread::yield();
        is_inside = false;
        return count;
      }));
  REQUIRE(reads_to(*stream, kStart, 1000, itself));
  for (int k = 0; k < 10; ++k) {
    const int before = begun;
    REQUIRE(reads_to(*stream, stream->position() + kBlock, kBlock, itself));  // room for one more
    while (begun == before) std::this_thread::yield();
    const u64 place = stream->position();
    CHECK(test::in_child([&] {
            if (is_inside || stream->position() != place) return false;
            const bool right = reads_to(*stream, place + 3 * kBlock, 1000, itself);
            stream.reset();
            return right;
          }) == test::kRight);
  }
}

TEST_CASE("a child asks the source itself", "[order][read_ahead][fork]") {
  const Threads active(2);
  const auto source = test::counting(kN);
  ReadAhead stream(source);
  source->is_prepared = false;
  REQUIRE(reads_to(stream, kStart, 1000, itself));
  REQUIRE(stream.is_running());
  CHECK_FALSE(stream.prepare(1));
  CHECK(test::in_child([&] {
          if (stream.prepare(1)) return false;
          source->is_prepared = true;
          return stream.prepare(0) && reads_to(stream, kN, 1000, itself);
        }) == test::kRight);
  source->is_prepared = true;
  CHECK(reads_to(stream, kN, 1000, itself));
}

TEST_CASE("forks from another thread while a consumer reads", "[order][read_ahead][fork]") {
  const Threads active(2);
  ReadAhead stream(test::counting(u64{1} << 40));
  std::atomic<bool> is_over = false;
  std::atomic<bool> is_running = false;
  bool right = true;
  std::thread consumer([&] {
    while (!is_over && right) {
      const bool was_running = stream.is_running();
      right = reads_to(stream, stream.position() + kStart, 1000, itself);
      is_running = was_running;  // its thread has begun, which allocates too
    }
  });
  while (!is_running) std::this_thread::yield();
  for (int k = 0; k < 40; ++k) {
    CHECK(test::in_child([&] {
            // The copy is where the consumer was between two reads, or in one.
            return reads_to(stream, stream.position() + 2 * kStart, 1000, itself);
          }) == test::kRight);
  }
  is_over = true;
  consumer.join();
  CHECK(right);
}

// Whose threads allocate all the time.
#if !defined(__SANITIZE_ADDRESS__)

TEST_CASE("forks while threads make, read and drop streams", "[order][read_ahead][fork]") {
  const Threads active(2);
  std::atomic<bool> is_over = false;
  std::atomic<int> wrong = 0;
  const auto work = [&](u64 rest) {
    while (!is_over) {
      ReadAhead stream(test::counting(kN));
      wrong += !reads_to(stream, kStart + rest, 4096, itself) || !stream.is_running();
    }
  };
  std::vector<std::thread> threads;
  for (const u64 rest : {u64{0}, u64{1}, 5 * kBlock}) threads.emplace_back(work, rest);
  ReadAhead own(test::counting(kN));
  REQUIRE(reads_to(own, kStart, 4096, itself));
  int failed = 0;
  for (int k = 0; k < 60; ++k) {
    failed += test::in_child([&] { return reads_to(own, kN, 4096, itself); }) != test::kRight;
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(wrong == 0);
  CHECK(reads_to(own, kN, 4096, itself));
}

#endif

}  // namespace
}  // namespace fastsamplers::order
