#include "fastsamplers/order/index_shuffle_stream.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"
#include "fastsamplers/shard/strided_shard.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/shuffle_reference.hpp"
#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

constexpr u64 kMost = (u64{1} << 63) - 1;
constexpr u64 kLastEpoch = ~u64{0};
constexpr i64 kUntouched = -12345;

// What position p of a stream is, by the plain definition.
class Definition {
 public:
  Definition(u64 n, u64 seed, u64 epoch) : n_(n), seed_(seed), epoch_(epoch) {}

  i64 at(u64 position) {
    const u64 turn = position / n_;
    const auto found = shuffles_.find(turn);
    if (found != shuffles_.end()) return found->second.value_at(position % n_);
    const test::ReferenceShuffle shuffle(n_, seed_, epoch_ + turn);
    return shuffles_.emplace(turn, shuffle).first->second.value_at(position % n_);
  }
  std::vector<i64> first(u64 length) {
    std::vector<i64> indices;
    for (u64 position = 0; position < length; ++position) indices.push_back(at(position));
    return indices;
  }

 private:
  u64 n_;
  u64 seed_;
  u64 epoch_;
  std::map<u64, test::ReferenceShuffle> shuffles_;
};

void check(u64 n, u64 seed, u64 epoch, u64 length, int moves = 60) {
  INFO("n " << n << ", seed " << seed << ", epoch " << epoch << ", length " << length);
  test::check_stream([=] { return std::make_shared<IndexShuffleStream>(n, seed, epoch, length); },
                     Definition(n, seed, epoch).first(length), n + length, moves);
}

TEST_CASE("a stream of index shuffles is one epoch after another", "[order][index_shuffle]") {
  for (const u64 n : {1, 2, 5, 100}) {
    for (const u64 length : {u64{0}, u64{1}, n - 1, n, n + 1, 3 * n - 1, 3 * n, u64{700}}) {
      check(n, n, 0, length);
      check(n, n, kLastEpoch, length);
      check(n, ~n, kLastEpoch - 2, length);
    }
  }
  for (const u64 n : {4096, 4097}) {
    for (const u64 length : {u64{10}, n - 1, n, n + 1, 3 * n + 5}) {
      check(n, 1, 5, length);
      check(n, 1, kLastEpoch, length);
    }
  }
}

TEST_CASE("a stream of large index shuffles, at every level", "[order][index_shuffle]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    INFO(test::name_of(isa));
    check(70000, 2, kLastEpoch, 150000, 120);
    check(70000, 2, 3, 69999, 40);
    check((u64{1} << 31) + 1, 2, 3, 20000, 40);
  }
}

// `count` indices from a place on, by a stride.
void check_strided(IndexShuffleStream& stream, Definition& definition, u64 place, u64 stride,
                   std::size_t count) {
  INFO("from " << place << " by " << stride << ", count " << count);
  const u64 length = stream.length();
  std::vector<i64> expected;
  u64 end = place;
  while (expected.size() < count && end < length) {
    expected.push_back(definition.at(end));
    end += std::min(stride, length - end);
  }
  const std::size_t wanted = expected.size();
  expected.resize(count, kUntouched);
  stream.seek(place);
  std::vector<i64> out(count, kUntouched);
  REQUIRE(stream.next_strided(out, stride) == wanted);
  REQUIRE(test::first_difference(out, expected) == test::kSame);
  REQUIRE(stream.position() == end);
}

TEST_CASE("strides around n and far above it", "[order][index_shuffle]") {
  for (const u64 n : {u64{1}, u64{2}, u64{5}, u64{1000}, u64{4097}, u64{70000}}) {
    const u64 epoch = kLastEpoch - 1;
    IndexShuffleStream stream(n, 4, epoch, kMost);
    Definition definition(n, 4, epoch);
    INFO("n " << n);
    for (const u64 stride :
         {u64{1}, u64{2}, n / 3 + 1, n - 1, n, n + 1, 2 * n - 1, 2 * n, 2 * n + 1, 7 * n + 3,
          u64{1000003}, u64{1} << 40, kMost / 3, kMost, kMost + 1, ~u64{0}}) {
      if (stride == 0) continue;
      for (const u64 place : {u64{0}, u64{1}, n - 1, n, n + n / 2, 2 * n - 1, 5 * n}) {
        check_strided(stream, definition, place, stride, 40);
      }
    }
  }
}

TEST_CASE("a seek far ahead and back comes to the right epoch", "[order][index_shuffle]") {
  const u64 n = 5000;
  for (const u64 epoch : {u64{0}, u64{77}, kLastEpoch, u64{1} << 63}) {
    IndexShuffleStream stream(n, 6, epoch, kMost);
    Definition definition(n, 6, epoch);
    for (const u64 place : {u64{0}, kMost - 1, u64{3}, n, n - 1, kMost / 2, u64{1} << 62, n - 20,
                            kMost - 7, kMost, u64{1} << 40, u64{17}}) {
      check_strided(stream, definition, place, 1, 30);
      check_strided(stream, definition, place, 3 * n + 1, 5);
    }
  }
}

TEST_CASE("the longest stream of the largest shuffle", "[order][index_shuffle]") {
  IndexShuffleStream stream(kMostShuffled, 1, kLastEpoch, kMost);
  Definition definition(kMostShuffled, 1, kLastEpoch);
  for (const u64 place : {u64{0}, kMostShuffled - 10, kMostShuffled - 1, kMostShuffled,
                          kMostShuffled + 5, kMost - 10, kMost - 1, kMost}) {
    for (const u64 stride : {u64{1}, u64{1} << 50, kMostShuffled / 3, kMostShuffled - 1,
                             kMostShuffled, kMostShuffled + 1, kMost, ~u64{0}}) {
      check_strided(stream, definition, place, stride, 20);
    }
  }
}

TEST_CASE("an index of a shuffle takes the same work at any stride", "[order][index_shuffle]") {
  const IndexShuffleStream stream(1000, 1, 0, kMost);
  CHECK(stream.work_per_index() == 1);
  for (const u64 stride : {u64{1}, u64{2}, u64{1000}, u64{1} << 40, ~u64{0}}) {
    CHECK(stream.work_per_strided_index(stride) == 1);
  }
  CHECK_FALSE(stream.is_slow());
  CHECK(stream.may_read_ahead());
}

// A reader cuts its work by these: one that took the stride for work would read single indices.
TEST_CASE("a shard takes the work that its order says", "[order][index_shuffle][shard]") {
  constexpr u64 kStride = u64{1} << 40;
  const auto work_of = [](const std::shared_ptr<IndexStream>& order) {
    return shard::StridedShard(order, 0, kStride, 1000).work_per_index();
  };
  const auto shuffled = std::make_shared<IndexShuffleStream>(1000, 1, 0, kMost);
  CHECK(work_of(shuffled) == 1);
  const auto sequential = std::make_shared<SequentialStream>(kMost);
  CHECK(work_of(sequential) == 1);
  CHECK(work_of(std::make_shared<SubsetStream>(shuffled, IntegerArray{}, nullptr)) == 1);
  CHECK(work_of(std::make_shared<SubsetStream>(sequential, IntegerArray{}, nullptr)) == 1);
  // Where it has to draw what lies between, it is the stride.
  const auto drawn = std::make_shared<PermutationStream>(rng::Mt19937(1), 10, kMost);
  CHECK(work_of(drawn) == kStride);
  CHECK(work_of(std::make_shared<SubsetStream>(drawn, IntegerArray{}, nullptr)) == kStride);
}

TEST_CASE("a shard of a shuffle steps over other ranks' indices", "[order][index_shuffle][shard]") {
  constexpr u64 kStride = u64{1} << 40;
  Definition definition(5000, 9, 2);
  std::vector<i64> expected;
  for (u64 k = 0; k < 500; ++k) expected.push_back(definition.at(3 + k * kStride));
  test::check_stream(
      [&]() -> std::shared_ptr<test::Stream> {
        auto order = std::make_shared<IndexShuffleStream>(5000, 9, 2, kMost);
        return std::make_shared<shard::StridedShard>(order, 3, kStride, 500);
      },
      expected, 1);
}

TEST_CASE("arguments that make no stream of shuffles are refused by name, rule and value",
          "[order][index_shuffle]") {
  for (const u64 n : {u64{0}, kMostShuffled + 1}) {
    CHECK_THROWS_MATCHES(
        IndexShuffleStream(n, 1, 0, 1), std::invalid_argument,
        Catch::Message("n should be in [1, 2**62], but got n=" + std::to_string(n)));
  }
  for (const u64 length : {kMost + 1, ~u64{0}}) {
    CHECK_THROWS_MATCHES(IndexShuffleStream(10, 1, 0, length), std::invalid_argument,
                         Catch::Message("length should be at most 2**63 - 1, but got length=" +
                                        std::to_string(length)));
  }
}

}  // namespace
}  // namespace fastsamplers::order
