#include "fastsamplers/shard/block_shard.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/replacement.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"
#include "fastsamplers/shard/strided_shard.hpp"
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

// Block after block, the order beginning again at its end.
std::vector<i64> blocks_of(const std::vector<i64>& order, u64 first, u64 block, u64 period,
                           u64 length) {
  std::vector<i64> mine;
  for (u64 begin = first; mine.size() < length; begin += period) {
    for (u64 i = 0; i < block && mine.size() < length; ++i) {
      mine.push_back(order[(begin + i) % order.size()]);
    }
  }
  return mine;
}

TEST_CASE("blocks of a permutation are those of the plain list", "[block_shard]") {
  for (const u64 n : {1, 2, 3, 5, 8, 100, 1025, 5000}) {
    const std::vector<i64> order = test::repeated_permutation(n, n, n);
    for (const u64 block : {1, 2, 3, 16, 100, 1024, 6000}) {
      for (const u64 ranks : {1, 2, 3, 8}) {
        for (const u64 rank : {u64{0}, ranks - 1}) {
          const u64 length = n / ranks + 7;
          INFO("n " << n << ", blocks of " << block << ", rank " << rank << " of " << ranks);
          test::check_stream(
              [&]() -> StreamPointer {
                auto source = std::make_shared<PermutationStream>(Mt19937(n), n, n);
                return std::make_shared<BlockShard>(source, rank * block, block, ranks * block,
                                                    length);
              },
              blocks_of(order, rank * block, block, ranks * block, length), n + rank, 25);
        }
      }
    }
  }
}

TEST_CASE("all ranks together have every index, in blocks", "[block_shard]") {
  for (const u64 n : {1, 10, 999}) {
    for (const u64 ranks : {1, 3, 8, 20}) {
      for (const u64 block : {1, 2, 7}) {
        const u64 rounds = (n + ranks * block - 1) / (ranks * block);
        std::vector<u64> seen(n, 0);
        for (u64 rank = 0; rank < ranks; ++rank) {
          BlockShard shard(std::make_shared<PermutationStream>(Mt19937(1), n, n), rank * block,
                           block, ranks * block, rounds * block);
          for (const i64 index : test::read_rest(shard, 5)) ++seen[static_cast<u64>(index)];
        }
        u64 total = 0;
        for (const u64 times : seen) {
          CHECK(times >= 1);
          total += times;
        }
        CHECK(total == rounds * ranks * block);
      }
    }
  }
}

TEST_CASE("a block shard goes around its order as often as it is long", "[block_shard]") {
  struct Case {
    u64 block;
    u64 period;
  };
  for (const u64 n : {1, 2, 3, 7, 1000}) {
    std::vector<i64> order;
    for (u64 i = 0; i < n; ++i) order.push_back(3 * static_cast<i64>(i) - 5);
    for (const u64 first : {0, 1, 5, 999, 123456}) {
      for (const auto& [block, period] : {Case{1, 1}, Case{1, 3}, Case{3, 3}, Case{4, 9},
                                          Case{25, 1000}, Case{7, 1000000007}, Case{1000, 1024}}) {
        const u64 length = 60;
        INFO("n " << n << ", first " << first << ", " << block << " of " << period);
        test::check_stream(
            [&]() -> StreamPointer {
              return std::make_shared<BlockShard>(std::make_shared<SequentialStream>(n, -5, 3),
                                                  first, block, period, length);
            },
            blocks_of(order, first, block, period, length), n + period, 25);
      }
    }
  }
}

TEST_CASE("blocks of one index are a strided shard", "[block_shard]") {
  const u64 n = 500;
  StridedShard strided(std::make_shared<PermutationStream>(Mt19937(7), n, n), 3, 11, 200);
  test::check_stream(
      [&]() -> StreamPointer {
        auto source = std::make_shared<PermutationStream>(Mt19937(7), n, n);
        return std::make_shared<BlockShard>(source, 3, 1, 11, 200);
      },
      test::read_rest(strided, 64), 1);
}

TEST_CASE("blocks of large permutations, at every level", "[block_shard]") {
  const u64 n = (u64{1} << 18) + 1;
  const std::vector<i64> order = test::repeated_permutation(3, n, n);
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const u64 block : {u64{1}, u64{31}, u64{4096}, n / 4}) {
      INFO(test::name_of(isa) << ", blocks of " << block);
      const std::vector<i64> expected = blocks_of(order, 3 * block, block, 4 * block, n / 4);
      BlockShard shard(std::make_shared<PermutationStream>(Mt19937(3), n, n), 3 * block, block,
                       4 * block, n / 4);
      test::check_interleaving(shard, expected, block, 40);
    }
  }
}

TEST_CASE("blocks of permutations that several threads share", "[block_shard]") {
  const u64 n = 3000000;
  const std::vector<i64> order = test::repeated_permutation(3, n, n);
  for (const std::size_t threads : {1, 2, 5}) {
    const test::ThreadCount active(threads);
    for (const u64 block : {u64{64}, u64{10007}, n / 3}) {
      INFO(threads << " threads, blocks of " << block);
      const u64 length = n / 3;
      const std::vector<i64> expected = blocks_of(order, 2 * block, block, 3 * block, length);
      BlockShard shard(std::make_shared<PermutationStream>(Mt19937(3), n, n), 2 * block, block,
                       3 * block, length);
      REQUIRE(test::first_difference(test::read_rest(shard, 5003), expected) == test::kSame);
      shard.seek(length / 3);
      const std::vector<i64> rest(expected.begin() + static_cast<i64>(length / 3), expected.end());
      REQUIRE(test::first_difference(test::read_rest(shard, 70001), rest) == test::kSame);
    }
  }
}

TEST_CASE("block shards of every order, and of shards", "[block_shard]") {
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
        return std::make_shared<BlockShard>(source, 8, 4, 28, 429);
      },
      blocks_of(drawn, 8, 4, 28, 429), 1);

  std::vector<i64> gathered = test::repeated_permutation(2, n, n);
  for (i64& index : gathered) index = values[static_cast<u64>(index)];
  std::vector<i64> odd;
  for (u64 i = 1; i < n; i += 2) odd.push_back(gathered[i]);
  const std::vector<i64> run = blocks_of(odd, 300, 600, 600, 600);
  test::check_stream(
      [&]() -> StreamPointer {
        auto permutation = std::make_shared<PermutationStream>(Mt19937(2), n, n);
        auto subset = std::make_shared<order::SubsetStream>(permutation, array, nullptr);
        auto strided = std::make_shared<StridedShard>(subset, 1, 2, n / 2);
        auto outer = std::make_shared<BlockShard>(strided, 300, 600, 600, 600);
        return std::make_shared<BlockShard>(outer, 5, 10, 25, 300);
      },
      blocks_of(run, 5, 10, 25, 300), 2);
}

TEST_CASE("an order that was moved between two blocks is put back in place", "[block_shard]") {
  const auto source = std::make_shared<PermutationStream>(Mt19937(4), 100, 100);
  BlockShard shard(source, 5, 5, 15, 34);
  std::vector<i64> out(17);
  REQUIRE(shard.next(out) == 17);
  source->seek(5);
  std::vector<i64> rest(17);
  REQUIRE(shard.next(rest) == 17);
  out.insert(out.end(), rest.begin(), rest.end());
  CHECK(out == blocks_of(test::repeated_permutation(4, 100, 100), 5, 5, 15, 34));
}

TEST_CASE("a block shard of nothing is empty", "[block_shard]") {
  for (const u64 n : {0, 10}) {
    test::check_stream(
        [n] {
          return std::make_shared<BlockShard>(std::make_shared<SequentialStream>(n), 0, 4, 8, 0);
        },
        {}, 1);
  }
}

TEST_CASE("a block shard reaches almost the last place that int64 has", "[block_shard]") {
  constexpr u64 kMost = (u64{1} << 63) - 1;
  BlockShard shard(std::make_shared<SequentialStream>(kMost), 0, kMost, kMost, kMost - 1);
  shard.seek(kMost - 2);
  std::array<i64, 2> out{};
  REQUIRE(shard.next(out) == 1);
  CHECK(out[0] == static_cast<i64>(kMost - 2));
}

// It would not end in this century if the shard walked over what lies between.
TEST_CASE("a block shard of a sequence steps over other ranks' blocks", "[block_shard]") {
  constexpr u64 kPeriod = u64{1} << 60;
  BlockShard shard(std::make_shared<SequentialStream>(u64{1} << 62), 3, 2, kPeriod, 5);
  CHECK(test::read_rest(shard, 3) ==
        std::vector<i64>{3, 4, kPeriod + 3, kPeriod + 4, 2 * kPeriod + 3});
}

TEST_CASE("an index of a block takes its part of the work that lies between", "[block_shard]") {
  const auto order = std::make_shared<PermutationStream>(Mt19937(1), 100, 100);
  CHECK(BlockShard(order, 0, 10, 10, 50).work_per_index() == order->work_per_index());
  CHECK(BlockShard(order, 0, 10, 50, 50).work_per_index() == 5);
  CHECK(BlockShard(order, 0, 10, 51, 50).work_per_index() == 6);
  const auto sequence = std::make_shared<SequentialStream>(100);
  CHECK(BlockShard(sequence, 0, 10, u64{1} << 40, 50).work_per_index() == 1);
}

TEST_CASE("a block shard is as slow as its order, and as free to be read ahead", "[block_shard]") {
  const auto order = std::make_shared<PermutationStream>(Mt19937(1), 5000, 5000);
  const BlockShard shard(order, 0, 10, 20, 50);
  CHECK(shard.is_slow() == order->is_slow());
  CHECK(shard.may_read_ahead() == order->may_read_ahead());
}

TEST_CASE("arguments that make no block shard are refused by name", "[block_shard]") {
  const auto source = std::make_shared<SequentialStream>(10);
  source->seek(3);
  CHECK_THROWS_MATCHES(BlockShard(nullptr, 0, 1, 1, 1), std::invalid_argument,
                       Catch::Message("order should be a stream, but got order=null"));
  CHECK_THROWS_MATCHES(BlockShard(source, 0, 0, 1, 1), std::invalid_argument,
                       Catch::Message("block should be positive, but got block=0"));
  CHECK_THROWS_MATCHES(BlockShard(source, 0, 5, 4, 1), std::invalid_argument,
                       Catch::Message("period should be at least the block, but got period=4"));
  CHECK_THROWS_MATCHES(BlockShard(std::make_shared<SequentialStream>(0), 0, 1, 1, 5),
                       std::invalid_argument,
                       Catch::Message("length should be 0 for an empty order, but got length=5"));
  struct Case {
    u64 first;
    u64 block;
    u64 period;
    u64 length;
  };
  constexpr u64 kMost = (u64{1} << 63) - 1;
  for (const auto& [first, block, period, length] :
       {Case{0, 1, 1, kMost + 1}, Case{2, 1, 1, kMost}, Case{0, 1, 2, kMost / 2 + 2},
        Case{kMost + 1, 1, 1, 1}, Case{~u64{0}, 1, 1, 1}, Case{0, 1, ~u64{0}, 2},
        Case{0, 4, kMost / 2, 12}, Case{0, 1, 1, ~u64{0}}}) {
    INFO(first << ", " << block << " of " << period << ", " << length);
    CHECK_THROWS_MATCHES(
        BlockShard(source, first, block, period, length), std::invalid_argument,
        Catch::Message("length should be small enough that its last position fits int64, but got "
                       "length=" +
                       std::to_string(length)));
  }
  for (const auto& [first, block, period, length] :
       {Case{1, 1, 1, kMost}, Case{0, 1, 2, kMost / 2 + 1}, Case{0, 1, ~u64{0}, 1},
        Case{0, kMost, kMost, kMost}, Case{kMost, 1, 1, 1}}) {
    INFO(first << ", " << block << " of " << period << ", " << length);
    CHECK_NOTHROW(BlockShard(source, first, block, period, length));
  }
  CHECK(source->position() == 3);
}

}  // namespace
}  // namespace fastsamplers::shard
