#include "fastsamplers/shard/strided_shard.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/replacement.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"
#include "hooked_stream.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::shard {
namespace {

using order::PermutationStream;
using order::SequentialStream;
using rng::Mt19937;
using StreamPointer = std::shared_ptr<order::IndexStream>;

// What DistributedSampler does to its list of indices: pad or cut, then [rank : total : replicas].
std::vector<i64> shard_of(std::vector<i64> indices, u64 rank, u64 replicas, bool drop_last) {
  const u64 n = indices.size();
  const u64 length = drop_last ? n / replicas : (n + replicas - 1) / replicas;
  const u64 total = length * replicas;
  while (indices.size() < total) {
    const u64 padding = std::min<u64>(total - indices.size(), n);
    for (u64 i = 0; i < padding; ++i) indices.push_back(indices[i]);
  }
  std::vector<i64> mine;
  for (u64 i = rank; i < total; i += replicas) mine.push_back(indices[i]);
  return mine;
}

TEST_CASE("ranks share a permutation as torch's do", "[shard]") {
  for (const u64 n : {1, 2, 3, 5, 8, 100, 1025, 5000}) {
    const std::vector<i64> order = test::repeated_permutation(n, n, n);
    for (const u64 replicas : {1, 2, 3, 4, 7, 8, 16, 33, 1023, 1024, 1500}) {
      for (const u64 rank : {u64{0}, u64{1}, replicas / 2, replicas - 1}) {
        for (const bool drop_last : {false, true}) {
          if (rank >= replicas) continue;
          INFO("n " << n << ", rank " << rank << " of " << replicas << ", drop_last " << drop_last);
          const std::vector<i64> expected = shard_of(order, rank, replicas, drop_last);
          test::check_stream(
              [&]() -> StreamPointer {
                auto source = std::make_shared<PermutationStream>(Mt19937(n), n, n);
                return std::make_shared<StridedShard>(source, rank, replicas, expected.size());
              },
              expected, n + rank, 25);
        }
      }
    }
  }
}

TEST_CASE("all ranks together have every index", "[shard]") {
  for (const u64 n : {1, 10, 999}) {
    for (const u64 replicas : {1, 3, 8, 20}) {
      std::vector<u64> seen(n, 0);
      const u64 length = (n + replicas - 1) / replicas;
      for (u64 rank = 0; rank < replicas; ++rank) {
        StridedShard shard(std::make_shared<PermutationStream>(Mt19937(1), n, n), rank, replicas,
                           length);
        for (const i64 index : test::read_rest(shard, 7)) ++seen[static_cast<u64>(index)];
      }
      u64 total = 0;
      for (const u64 times : seen) {
        CHECK(times >= 1);
        total += times;
      }
      CHECK(total == length * replicas);
    }
  }
}

TEST_CASE("a shard goes around its order as often as it is long", "[shard]") {
  for (const u64 n : {1, 2, 3, 7, 1000}) {
    for (const u64 first : {0, 1, 5, 999, 123456}) {
      for (const u64 stride : {u64{1}, u64{2}, u64{3}, u64{7}, u64{1024}, u64{1000000007}}) {
        const u64 length = 60;
        std::vector<i64> expected;
        for (u64 k = 0; k < length; ++k) {
          expected.push_back(3 * static_cast<i64>((first + k * stride) % n) - 5);
        }
        INFO("n " << n << ", first " << first << ", stride " << stride);
        test::check_stream(
            [&]() -> StreamPointer {
              return std::make_shared<StridedShard>(std::make_shared<SequentialStream>(n, -5, 3),
                                                    first, stride, length);
            },
            expected, n + stride, 25);
      }
    }
  }
}

TEST_CASE("shards of large permutations, at every level", "[shard]") {
  const u64 n = (u64{1} << 18) + 1;
  const std::vector<i64> order = test::repeated_permutation(3, n, n);
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 replicas : {1, 2, 3, 8, 1500}) {
      INFO(test::name_of(isa) << ", " << replicas << " replicas");
      const std::vector<i64> expected = shard_of(order, replicas - 1, replicas, false);
      StridedShard shard(std::make_shared<PermutationStream>(Mt19937(3), n, n), replicas - 1,
                         replicas, expected.size());
      test::check_interleaving(shard, expected, replicas, 40);
    }
  }
}

TEST_CASE("shards of permutations that several threads share", "[shard]") {
  const u64 n = 3000000;
  const std::vector<i64> order = test::repeated_permutation(3, n, n);
  for (const std::size_t threads : {1, 2, 5}) {
    const test::ThreadCount active(threads);
    for (const u64 replicas : {1, 2, 7, 8, 1000}) {
      INFO(threads << " threads, " << replicas << " replicas");
      const std::vector<i64> expected = shard_of(order, replicas - 1, replicas, false);
      StridedShard shard(std::make_shared<PermutationStream>(Mt19937(3), n, n), replicas - 1,
                         replicas, expected.size());
      REQUIRE(test::first_difference(test::read_rest(shard, 5003), expected) == test::kSame);
      shard.seek(expected.size() / 3);
      const std::vector<i64> rest(expected.begin() + static_cast<i64>(expected.size() / 3),
                                  expected.end());
      REQUIRE(test::first_difference(test::read_rest(shard, 70001), rest) == test::kSame);
    }
  }
}

TEST_CASE("shards of every order, and of shards", "[shard]") {
  const u64 n = 3000;
  std::vector<u16> values(n);
  for (u64 i = 0; i < n; ++i) values[i] = static_cast<u16>(7 * i);
  IntegerArray array;
  array.data = values.data();
  array.size = n;
  array.stride = sizeof(u16);
  array.type = IntegerArray::Type::u16;

  std::mt19937 words = test::words_of(2);
  const std::vector<i64> drawn = test::bounded_integers(words, 0, 50, n);
  test::check_stream(
      [&]() -> StreamPointer {
        auto source = std::make_shared<order::ReplacementStream>(Mt19937(2), 50, n);
        return std::make_shared<StridedShard>(source, 2, 7, 429);
      },
      shard_of(drawn, 2, 7, false), 1);

  std::vector<i64> gathered = test::repeated_permutation(2, n, n);
  for (i64& index : gathered) index = values[static_cast<u64>(index)];
  const std::vector<i64> half = shard_of(gathered, 1, 2, false);
  test::check_stream(
      [&]() -> StreamPointer {
        auto permutation = std::make_shared<PermutationStream>(Mt19937(2), n, n);
        auto subset = std::make_shared<order::SubsetStream>(permutation, array, nullptr);
        auto outer = std::make_shared<StridedShard>(subset, 1, 2, n / 2);
        return std::make_shared<StridedShard>(outer, 3, 4, n / 8);
      },
      shard_of(half, 3, 4, false), 2);
}

TEST_CASE("a shard of a shard reads no index that neither has", "[shard]") {
  u64 read = 0;
  const auto source =
      std::make_shared<test::HookedStream>(u64{10000000}, [&](u64 /*first*/, u64 count) {
        read += count;
        return count;
      });
  const auto outer = std::make_shared<StridedShard>(source, 5, 900, 11000);
  StridedShard shard(outer, 2, 900, 12);
  std::vector<i64> expected;
  for (i64 k = 0; k < 12; ++k) expected.push_back((5 + (2 + k * 900) * 900) % 10000000);
  CHECK(test::read_rest(shard, 5) == expected);
  CHECK(read == 12);
  CHECK(shard.work_per_index() == 810000);
}

TEST_CASE("an order that something else has moved is put back in place", "[shard]") {
  const auto source = std::make_shared<PermutationStream>(Mt19937(4), 100, 100);
  StridedShard shard(source, 1, 3, 34);
  const std::vector<i64> expected = shard_of(test::repeated_permutation(4, 100, 100), 1, 3, false);
  std::vector<i64> out(17);
  REQUIRE(shard.next(out) == 17);
  source->seek(5);
  std::vector<i64> rest(17);
  REQUIRE(shard.next(rest) == 17);
  out.insert(out.end(), rest.begin(), rest.end());
  CHECK(out == expected);
}

TEST_CASE("a shard of nothing is empty", "[shard]") {
  test::check_stream(
      [] { return std::make_shared<StridedShard>(std::make_shared<SequentialStream>(0), 0, 4, 0); },
      {}, 1);
}

TEST_CASE("a shard reaches the last place that int64 has", "[shard]") {
  constexpr u64 kMost = (u64{1} << 63) - 1;
  StridedShard shard(std::make_shared<SequentialStream>(kMost), 0, 1, kMost);
  shard.seek(kMost - 1);
  std::array<i64, 2> out{};
  REQUIRE(shard.next(out) == 1);
  CHECK(out[0] == static_cast<i64>(kMost - 1));
}

// It would not end in this century if the shard walked over what lies between.
TEST_CASE("a shard of a sequence steps over other ranks' indices", "[shard]") {
  constexpr u64 kStride = u64{1} << 60;
  StridedShard shard(std::make_shared<SequentialStream>(u64{1} << 62), 3, kStride, 4);
  CHECK(test::read_rest(shard, 3) ==
        std::vector<i64>{3, kStride + 3, 2 * kStride + 3, 3 * kStride + 3});
}

TEST_CASE("an index of a shard takes the work of all that lie between", "[shard]") {
  const auto order = std::make_shared<PermutationStream>(Mt19937(1), 100, 100);
  const auto inner = std::make_shared<StridedShard>(order, 0, 5, u64{1} << 40);
  CHECK(inner->work_per_index() == 5);
  CHECK(StridedShard(inner, 1, 6, 10).work_per_index() == 30);
}

TEST_CASE("an index of a shard of a sequence takes no more than one of all", "[shard]") {
  const auto order = std::make_shared<SequentialStream>(100, -5, 3);
  for (const u64 stride : {u64{1}, u64{5}, u64{1} << 40}) {
    CHECK(order->work_per_strided_index(stride) == 1);
    CHECK(StridedShard(order, 0, stride, 1000).work_per_index() == 1);
  }
}

// Readers divide by it.
TEST_CASE("the work of an index of nested shards does not wrap", "[shard]") {
  constexpr u64 kStride = u64{1} << 62;
  const auto order = std::make_shared<PermutationStream>(Mt19937(1), 100, 100);
  const auto inner = std::make_shared<StridedShard>(order, 0, 4, u64{1} << 40);
  CHECK(StridedShard(inner, 0, kStride, 1).work_per_index() >= kStride);
}

TEST_CASE("arguments that make no shard are refused by name, rule and value", "[shard]") {
  const auto source = std::make_shared<SequentialStream>(10);
  source->seek(3);
  CHECK_THROWS_MATCHES(StridedShard(nullptr, 0, 1, 1), std::invalid_argument,
                       Catch::Message("order should be a stream, but got order=null"));
  CHECK_THROWS_MATCHES(StridedShard(source, 0, 0, 1), std::invalid_argument,
                       Catch::Message("stride should be positive, but got stride=0"));
  CHECK_THROWS_MATCHES(StridedShard(std::make_shared<SequentialStream>(0), 0, 1, 5),
                       std::invalid_argument,
                       Catch::Message("length should be 0 for an empty order, but got length=5"));
  struct Case {
    u64 first;
    u64 stride;
    u64 length;
  };
  constexpr u64 kMost = (u64{1} << 63) - 1;
  for (const auto& [first, stride, length] :
       {Case{0, 1, kMost + 1}, Case{1, 1, kMost}, Case{0, 2, kMost / 2 + 1}, Case{kMost + 1, 1, 1},
        Case{~u64{0}, 1, 1}, Case{0, ~u64{0}, 1}, Case{0, 1, ~u64{0}}}) {
    CHECK_THROWS_MATCHES(
        StridedShard(source, first, stride, length), std::invalid_argument,
        Catch::Message("length should be small enough that first + length * stride fits int64, but "
                       "got length=" +
                       std::to_string(length)));
  }
  CHECK(source->position() == 3);
}

}  // namespace
}  // namespace fastsamplers::shard
