// Shares of an order, and the cutting of batches.

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "fastsamplers/batch/slicing.hpp"
#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/shard/strided_shard.hpp"

using namespace fastsamplers;
using rng::Mt19937;

TEST_CASE("shares are those of the padded list") {
  for (const u64 n : {1, 2, 3, 7, 100, 1025}) {
    order::PermutationStream whole(Mt19937(n), n, n);
    std::vector<i64> order(n);
    whole.next(order);
    for (const u64 replicas : {1, 2, 3, 8, 200, 3000}) {
      const u64 each = (n + replicas - 1) / replicas;
      // torch's words: the list, and again, until it is long enough, then cut.
      std::vector<i64> padded;
      while (padded.size() < each * replicas) {
        padded.insert(padded.end(), order.begin(), order.end());
      }
      for (u64 rank = 0; rank < replicas; rank += 1 + replicas / 7) {
        std::vector<i64> expected;
        for (u64 p = rank; p < each * replicas; p += replicas) expected.push_back(padded[p]);
        shard::StridedShard share(std::make_shared<order::PermutationStream>(Mt19937(n), n, n),
                                  rank, replicas, each);
        for (int pass = 0; pass < 2; ++pass) {
          std::vector<i64> out(each + 1);
          REQUIRE(share.next(out) == each);
          out.resize(each);
          REQUIRE(out == expected);
          share.seek(0);
        }
      }
    }
  }
}

TEST_CASE("a share of an order in sequence does not walk over it") {
  shard::StridedShard share(std::make_shared<order::SequentialStream>(1'000'000'000'000), 3, 8,
                            125'000'000'000);
  share.seek(124'999'999'999);
  i64 last = 0;
  REQUIRE(share.next({&last, 1}) == 1);
  REQUIRE(last == 999'999'999'995);
}

TEST_CASE("a share that cannot be is refused") {
  const auto order = std::make_shared<order::SequentialStream>(5);
  REQUIRE_THROWS_WITH(shard::StridedShard(order, 0, 0, 1),
                      "stride should be positive, but got stride=0");
  REQUIRE_THROWS_WITH(shard::StridedShard(std::make_shared<order::SequentialStream>(0), 0, 1, 1),
                      Catch::Contains("length should be 0 for an empty order"));
  REQUIRE_THROWS_AS(shard::StridedShard(order, 0, u64{1} << 40, u64{1} << 40),
                    std::invalid_argument);
  REQUIRE_THROWS_AS(shard::StridedShard(nullptr, 0, 1, 1), std::invalid_argument);
}

TEST_CASE("indices that belong to batches") {
  REQUIRE(batch::batched(10, 3, false, false) == 9);
  REQUIRE(batch::batched(10, 3, true, false) == 10);
  REQUIRE(batch::batched(10, 3, true, true) == 9);
  REQUIRE(batch::batched(2, 3, true, true) == 0);
  REQUIRE(batch::batched(0, 3, true, false) == 0);
  REQUIRE(batch::batched(9, 3, false, true) == 9);
}

TEST_CASE("room grows from one batch to the limit") {
  std::size_t batches = 0;
  std::vector<std::size_t> seen;
  for (int i = 0; i < 9; ++i) seen.push_back(batches = batch::batches_ahead(batches, 256, 16384));
  REQUIRE(seen == std::vector<std::size_t>{1, 2, 4, 8, 16, 32, 64, 64, 64});
  REQUIRE(batch::batches_ahead(1, 1'000'000, 16384) == 1);
}
