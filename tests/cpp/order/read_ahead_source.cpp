// What a source may do to the thread that reads it ahead: fail, hold it up, run away.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fastsamplers/order/read_ahead.hpp"
#include "hooked_stream.hpp"
#include "threads.hpp"

namespace fastsamplers::order {
namespace {

using test::HookedStream;
using test::Threads;

constexpr u64 kStart = ReadAhead::kStartSteps;
constexpr u64 kBlock = ReadAhead::kBlockIndices;
constexpr u64 kAhead = ReadAhead::kBlocks * kBlock;
constexpr u64 kLength = 600000;

// Reads up to position `end`; false when what comes is not 0, 1, 2, ...
bool reads_to(IndexStream& stream, u64 end, std::size_t block = 1000) {
  std::vector<i64> out(block);
  while (stream.position() < end) {
    u64 at = stream.position();
    const std::size_t most = std::min<u64>(block, end - at);
    const std::size_t got = stream.next({out.data(), most});
    if (got == 0 || stream.position() != at + got) return false;
    for (std::size_t k = 0; k < got; ++k, ++at) {
      if (out[k] != static_cast<i64>(at)) return false;
    }
  }
  return true;
}

// A gate in a source: whoever reads past `place` waits there until it is opened.
class Gate {
 public:
  explicit Gate(u64 place) : place_(place) {}

  u64 operator()(u64 first, u64 count) {
    if (first + count > place_) {
      std::unique_lock lock(mutex_);
      is_held_up_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return is_open_; });
    }
    return count;
  }
  void wait_for_reader() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_held_up_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  u64 place_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_held_up_ = false;
  bool is_open_ = false;
};

std::shared_ptr<HookedStream> gated(Gate& gate) {
  return std::make_shared<HookedStream>(
      kLength, [&gate](u64 first, u64 count) { return gate(first, count); });
}

TEST_CASE("what a source throws comes when all before it has been read", "[order][read_ahead]") {
  for (const i64 threads : {1, 2}) {
    const Threads active(threads);
    for (const u64 place : {u64{0}, u64{1000}, kStart - 1, kStart, kStart + 1, kStart + kBlock,
                            kStart + kBlock + 777, kLength - 1}) {
      INFO(threads << " threads, fails at " << place);
      bool is_broken = true;
      ReadAhead stream(std::make_shared<HookedStream>(kLength, [&](u64 first, u64 count) {
        if (!is_broken) return count;
        if (first == place) throw std::out_of_range("index " + std::to_string(place));
        return first < place ? std::min(count, place - first) : count;
      }));
      const auto fails = [&] {
        i64 untouched = -1;
        CHECK_THROWS_MATCHES(stream.next({&untouched, 1}), std::out_of_range,
                             Catch::Message("index " + std::to_string(place)));
        CHECK(untouched == -1);
        CHECK(stream.position() == place);
        CHECK_FALSE(stream.is_running());
      };
      REQUIRE(reads_to(stream, place));
      CHECK(stream.position() == place);
      fails();
      fails();
      if (place > 0) {
        stream.seek(place - 1);
        REQUIRE(reads_to(stream, place));
        fails();
      }
      stream.seek(0);
      REQUIRE(reads_to(stream, place, 5000));
      fails();
      is_broken = false;
      CHECK(reads_to(stream, kLength));
    }
  }
}

TEST_CASE("what a source throws is forgotten with a seek", "[order][read_ahead]") {
  const Threads active(2);
  const u64 place = kStart + 50;
  ReadAhead stream(std::make_shared<HookedStream>(kLength, [&](u64 first, u64 count) {
    if (first == place) throw std::out_of_range("index");
    return first < place ? std::min(count, place - first) : count;
  }));
  REQUIRE(reads_to(stream, kStart));
  REQUIRE(stream.is_running());
  while (!stream.prepare(1)) {
  }
  stream.seek(place + 1);
  CHECK(reads_to(stream, kLength));
  stream.seek(0);
  CHECK(reads_to(stream, place));
}

TEST_CASE("prepare says whether a read would wait", "[order][read_ahead]") {
  const Threads active(2);
  Gate gate(kStart + kBlock);
  ReadAhead stream(gated(gate));
  REQUIRE(reads_to(stream, kStart));
  REQUIRE(stream.is_running());
  gate.wait_for_reader();
  CHECK(stream.prepare(0));  // one block is there
  CHECK(stream.prepare(1));
  REQUIRE(reads_to(stream, kStart + kBlock));
  CHECK_FALSE(stream.prepare(0));  // both return while the source is held up
  CHECK_FALSE(stream.prepare(1));
  CHECK(stream.position() == kStart + kBlock);
  gate.open();
  while (!stream.prepare(1)) {
  }
  CHECK(stream.prepare(0));
  CHECK(reads_to(stream, kLength));
}

TEST_CASE("a read gives what is there before it waits for more", "[order][read_ahead]") {
  const Threads active(2);
  Gate gate(kStart + kBlock);
  ReadAhead stream(gated(gate));
  REQUIRE(reads_to(stream, kStart));
  gate.wait_for_reader();
  std::vector<i64> out(2 * kBlock, -1);
  CHECK(stream.next(out) == kBlock);
  CHECK(out[kBlock - 1] == static_cast<i64>(kStart + kBlock - 1));
  CHECK(out[kBlock] == -1);
  CHECK(stream.position() == kStart + kBlock);

  std::optional<std::size_t> got;
  std::thread reader([&] { got = stream.next({out.data(), 1}); });  // waits
  gate.open();
  reader.join();
  CHECK(got == 1);
  CHECK(out[0] == static_cast<i64>(kStart + kBlock));
}

TEST_CASE("destructor and seek wait for a source that is at work", "[order][read_ahead]") {
  const Threads active(2);
  const bool is_seek = GENERATE(false, true);
  Gate gate(kStart);
  std::atomic<bool> has_returned = false;
  std::optional<ReadAhead> stream;
  stream.emplace(std::make_shared<HookedStream>(kLength, [&](u64 first, u64 count) {
    gate(first, count);
    if (first == kStart) {
      for (int k = 0; k < 1000; ++k) std::this_thread::yield();
      has_returned = true;
    }
    return count;
  }));
  REQUIRE(reads_to(*stream, kStart));
  gate.wait_for_reader();
  std::thread opener([&] { gate.open(); });
  if (is_seek) {
    stream->seek(5);
  } else {
    stream.reset();
  }
  CHECK(has_returned);
  opener.join();
  if (is_seek) {
    CHECK_FALSE(stream->is_running());
    CHECK(reads_to(*stream, kLength));
  }
}

TEST_CASE("a producer is never further ahead than its blocks", "[order][read_ahead]") {
  const Threads active(2);
  std::atomic<u64> begun = 0;  // where the furthest read ends
  ReadAhead stream(std::make_shared<HookedStream>(4 * kLength, [&](u64 first, u64 count) {
    begun = first + count;
    return count;
  }));
  REQUIRE(reads_to(stream, kStart));
  const auto worst = [&](u64 to, std::size_t block) {
    u64 most = 0;
    while (stream.position() < to) {
      REQUIRE(reads_to(stream, std::min<u64>(to, stream.position() + block), block));
      most = std::max<u64>(most, begun - stream.position());
    }
    return most;
  };
  while (begun < kStart + kAhead) std::this_thread::yield();  // as far as it may go
  for (int k = 0; k < 1000; ++k) std::this_thread::yield();
  CHECK(begun == kStart + kAhead);
  CHECK(stream.prepare(1));
  CHECK(worst(kStart + kBlock - 1, 4096) <= kAhead);
  for (int k = 0; k < 1000; ++k) std::this_thread::yield();
  CHECK(begun == kStart + kAhead);  // the first block is still in use
  REQUIRE(reads_to(stream, kStart + kBlock));
  while (begun < kStart + kBlock + kAhead) std::this_thread::yield();
  CHECK(worst(4 * kLength, 10000) <= kAhead);
}

TEST_CASE("a source whose reads are short", "[order][read_ahead]") {
  const Threads active(2);
  ReadAhead stream(std::make_shared<HookedStream>(
      kLength, [](u64 first, u64 count) { return std::min<u64>(count, first % 1000 + 1); }));
  CHECK(reads_to(stream, kLength));
  CHECK(stream.position() == kLength);
}

TEST_CASE("no producer where nothing is left, however much work an index is",
          "[order][read_ahead]") {
  const Threads active(2);
  ReadAhead stream(test::counting(10, 2 * kStart));
  REQUIRE(reads_to(stream, 10));
  CHECK_FALSE(stream.is_running());
}

}  // namespace
}  // namespace fastsamplers::order
