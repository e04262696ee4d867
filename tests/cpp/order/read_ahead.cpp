#include "fastsamplers/order/read_ahead.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/subset.hpp"
#include "fastsamplers/shard/strided_shard.hpp"
#include "hooked_stream.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"
#include "threads.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;
using test::Threads;

constexpr u64 kN = 400000;  // leaves the producer some blocks
constexpr u64 kStart = ReadAhead::kStartSteps;

std::shared_ptr<ReadAhead> permutation(u64 seed, u64 n, u64 length) {
  return std::make_shared<ReadAhead>(std::make_shared<PermutationStream>(Mt19937(seed), n, length));
}

// Its reads are whole, as check_interleaving asks; those of a stream read ahead end where its
// blocks do.
class Filled final : public IndexStream {
 public:
  explicit Filled(std::shared_ptr<IndexStream> source) : source_(std::move(source)) {}
  u64 length() const override { return source_->length(); }
  u64 position() const override { return source_->position(); }
  std::size_t next(std::span<i64> out) override { return source_->fill(out); }
  void seek(u64 position) override { source_->seek(position); }
  bool prepare(u64 steps) override { return source_->prepare(steps); }

 private:
  std::shared_ptr<IndexStream> source_;
};

// Reads `count` indices in blocks of 1000; false when they are not those expected.
bool reads(IndexStream& stream, const std::vector<i64>& expected, u64 count) {
  std::array<i64, 1000> out;
  while (count > 0) {
    const u64 at = stream.position();
    const auto wanted = static_cast<std::size_t>(std::min<u64>(count, out.size()));
    const std::size_t got = stream.next({out.data(), wanted});
    if (got == 0 || got > wanted || stream.position() != at + got) return false;
    for (std::size_t k = 0; k < got; ++k) {
      if (out[k] != expected[at + k]) return false;
    }
    count -= got;
  }
  return true;
}

TEST_CASE("a stream read ahead gives its source's indices in blocks of any size",
          "[order][read_ahead]") {
  const std::vector<i64> expected = test::repeated_permutation(3, kN, kN);
  for (const i64 threads : {1, 2, 4}) {
    const Threads active(threads);
    for (const std::size_t block : {1, 1000, 32767, 32768, 32769, 100000}) {
      INFO(threads << " threads, blocks of " << block);
      const auto stream = permutation(3, kN, kN);
      REQUIRE(test::first_difference(test::read_rest(*stream, block), expected) == test::kSame);
      CHECK(stream->position() == kN);
      CHECK_FALSE(stream->is_running());
      i64 more = -1;
      CHECK(stream->next({&more, 1}) == 0);
      CHECK(more == -1);
    }
  }
}

TEST_CASE("several permutations, read ahead past the end of each", "[order][read_ahead]") {
  for (const i64 threads : {2, 4}) {
    const Threads active(threads);
    for (const u64 n : {u64{7}, u64{30000}, u64{150000}, u64{300000}}) {
      const u64 length = 700000 + n / 2;
      INFO(threads << " threads, n " << n);
      const auto stream = permutation(n, n, length);
      CHECK(test::first_difference(test::read_rest(*stream, 5000),
                                   test::repeated_permutation(n, n, length)) == test::kSame);
    }
  }
}

TEST_CASE("no producer until enough has been read, nor where little is left",
          "[order][read_ahead]") {
  const Threads active(2);
  const std::vector<i64> expected = test::repeated_permutation(5, kN, kN);
  const auto stream = permutation(5, kN, kN);
  REQUIRE(reads(*stream, expected, kStart - 1));
  CHECK_FALSE(stream->is_running());
  REQUIRE(reads(*stream, expected, 1));
  CHECK(stream->is_running());
  REQUIRE(reads(*stream, expected, 1000));
  CHECK(stream->is_running());

  SECTION("a seek begins anew") {
    stream->seek(1000);
    CHECK_FALSE(stream->is_running());
    REQUIRE(reads(*stream, expected, kStart - 1));
    CHECK_FALSE(stream->is_running());
    REQUIRE(reads(*stream, expected, 1));
    CHECK(stream->is_running());
  }
  SECTION("a pass too short for one") {
    const auto enough = permutation(5, kN, 2 * kStart);
    REQUIRE(reads(*enough, expected, kStart));
    CHECK(enough->is_running());
    const auto less = permutation(5, kN, 2 * kStart - 1);
    for (u64 done = 0; done < less->length(); done += 1) {
      REQUIRE(reads(*less, expected, 1));
      if (less->is_running()) FAIL("at " << less->position());
    }
  }
  SECTION("too near the end") {
    stream->seek(kN - kStart - 1000);
    while (stream->position() < kN) {
      REQUIRE(reads(*stream, expected, 1));
      if (stream->is_running()) FAIL("at " << stream->position());
    }
  }
}

TEST_CASE("never a producer with one thread", "[order][read_ahead]") {
  const Threads active(1);
  const std::vector<i64> expected = test::repeated_permutation(5, kN, kN);
  const auto stream = permutation(5, kN, kN);
  for (u64 done = 0; done < kN; done += 1000) {
    REQUIRE(reads(*stream, expected, 1000));
    REQUIRE_FALSE(stream->is_running());
  }
}

TEST_CASE("an index of much work counts for as many steps", "[order][read_ahead]") {
  const Threads active(2);
  const u64 work = 64;
  const u64 enough = kStart / work;
  const auto make = [&](u64 length) { return ReadAhead(test::counting(length, work)); };
  auto stream = make(2 * enough);
  CHECK(stream.work_per_index() == work);
  std::vector<i64> out(enough);
  CHECK(stream.next({out.data(), enough - 1}) == enough - 1);
  CHECK_FALSE(stream.is_running());
  CHECK(stream.next({out.data(), 1}) == 1);
  CHECK(stream.is_running());
  CHECK(stream.fill(out) == enough);
  CHECK(out.back() == static_cast<i64>(2 * enough - 1));

  auto less = make(2 * enough - 1);
  CHECK(less.fill(out) == enough);
  CHECK_FALSE(less.is_running());
}

TEST_CASE("seeks under a running producer", "[order][read_ahead]") {
  const Threads active(2);
  const u64 length = 2 * kN + 17;
  const std::vector<i64> expected = test::repeated_permutation(8, kN, length);
  const auto stream = permutation(8, kN, length);
  // Each comes upon a producer that has got as far as it pleases.
  for (const u64 place : {u64{0}, u64{1}, kStart - 1, kStart + 70000, kN - 1, kN, kN + kStart,
                          length, length - 1, u64{0}, length - 2 * kStart, kN / 2, u64{0}}) {
    INFO("seek to " << place);
    stream->seek(0);
    REQUIRE(reads(*stream, expected, kStart + 3000));
    REQUIRE(stream->is_running());
    stream->seek(place);
    CHECK(stream->position() == place);
    CHECK(stream->length() == length);
    REQUIRE(reads(*stream, expected, std::min(length - place, kStart + 1000)));
  }
  stream->seek(length);
  i64 more = -1;
  CHECK(stream->next({&more, 1}) == 0);
  stream->seek(0);
  REQUIRE(reads(*stream, expected, kStart + 5));
  test::check_refusals(*stream, expected);
}

TEST_CASE("a refused seek leaves a running producer alone", "[order][read_ahead]") {
  const Threads active(2);
  const std::vector<i64> expected = test::repeated_permutation(8, kN, kN);
  const auto stream = permutation(8, kN, kN);
  REQUIRE(reads(*stream, expected, kStart + 5));
  CHECK_THROWS_AS(stream->seek(kN + 1), std::invalid_argument);
  CHECK(stream->is_running());
  CHECK(reads(*stream, expected, kN - kStart - 5));
}

TEST_CASE("walks over a stream read ahead", "[order][read_ahead]") {
  const Threads active(2);
  const std::vector<i64> expected = test::repeated_permutation(9, kN, 2 * kN);
  for (u64 seed = 0; seed < 6; ++seed) {
    Filled stream(permutation(9, kN, 2 * kN));
    test::check_interleaving(stream, expected, seed, 40);
  }
}

TEST_CASE("a read of nothing under a running producer moves nothing", "[order][read_ahead]") {
  const Threads active(2);
  ReadAhead stream(test::counting(kN));
  std::vector<i64> out(kStart);
  REQUIRE(stream.next(out) == kStart);
  REQUIRE(stream.is_running());
  CHECK(stream.next({}) == 0);
  CHECK(stream.position() == kStart);
  REQUIRE(stream.next({out.data(), 1}) == 1);
  CHECK(out[0] == static_cast<i64>(kStart));
}

TEST_CASE("a shard and a subset inside", "[order][read_ahead]") {
  const u64 n = 3000000;
  const u64 stride = 8;
  const std::vector<i64> order = test::repeated_permutation(4, n, n);
  std::vector<i64> values(n);
  for (u64 i = 0; i < n; ++i) values[i] = static_cast<i64>(i * 3 + 1);
  const IntegerArray array{values.data(), n, sizeof(i64)};
  for (const i64 threads : {1, 2}) {
    const Threads active(threads);
    const auto whole = std::make_shared<PermutationStream>(Mt19937(4), n, n);
    const auto subset = std::make_shared<SubsetStream>(whole, array, nullptr);
    // The last index is past the end, and so the first again.
    ReadAhead stream(std::make_shared<shard::StridedShard>(subset, stride - 1, stride, n / 8 + 1));
    std::vector<i64> expected;
    for (u64 k = 0; k <= n / 8; ++k) {
      expected.push_back(values[static_cast<std::size_t>(order[(stride - 1 + k * stride) % n])]);
    }
    CHECK(stream.work_per_index() == stride);
    CHECK(reads(stream, expected, kStart / stride));
    CHECK(stream.is_running() == (threads > 1));
    CHECK(reads(stream, expected, expected.size() - kStart / stride));
    CHECK(stream.position() == stream.length());
  }
}

TEST_CASE("many streams at once, each with a producer", "[order][read_ahead]") {
  const Threads active(2);
  const std::vector<i64> expected = test::repeated_permutation(6, kN, kN);
  std::vector<std::shared_ptr<ReadAhead>> streams;
  for (int k = 0; k < 12; ++k) streams.push_back(permutation(6, kN, kN));
  for (const u64 count : {kStart + 100, u64{50000}, u64{70000}}) {
    for (const auto& stream : streams) REQUIRE(reads(*stream, expected, count));
  }
  for (const auto& stream : streams) CHECK(stream->is_running());
  streams.resize(8);

  std::vector<std::thread> threads;
  std::vector<char> right(streams.size());
  for (std::size_t k = 0; k < streams.size(); ++k) {
    threads.emplace_back([&, k] {
      // Some go on, some are dropped where they are.
      right[k] = reads(*streams[k], expected, k % 2 == 0 ? kN - streams[k]->position() : 5000);
      streams[k].reset();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<char>(right.size(), 1));
}

TEST_CASE("a source is needed", "[order][read_ahead]") {
  CHECK_THROWS_MATCHES(ReadAhead(nullptr), std::invalid_argument,
                       Catch::Message("source should be a stream, but got source=null"));
}

}  // namespace
}  // namespace fastsamplers::order
