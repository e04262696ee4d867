// What holds for every stream: any mixture of reads, strided reads, seeks and preparation gives the
// indices of one long read.

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/replacement.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"
#include "fastsamplers/rng/bounded.hpp"
#include "fastsamplers/shard/strided_shard.hpp"
#include "sweep.hpp"

using namespace fastsamplers;
using order::IndexStream;
using rng::Mt19937;

namespace {

using Make = std::function<std::shared_ptr<IndexStream>()>;

std::vector<std::pair<std::string, Make>> streams() {
  static const std::vector<i32> values = [] {
    std::vector<i32> made(9'000);
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<i32>(7 * i) - 100;
    return made;
  }();
  const auto permutation = [](u64 n, u64 length) {
    return [=] { return std::make_shared<order::PermutationStream>(Mt19937(4), n, length); };
  };
  return {
      {"sequential", [] { return std::make_shared<order::SequentialStream>(10'000); }},
      {"range downwards", [] { return std::make_shared<order::SequentialStream>(5'000, 9, -3); }},
      {"empty", [] { return std::make_shared<order::SequentialStream>(0); }},
      {"one", permutation(1, 1)},
      {"permutation", permutation(9'000, 9'000)},
      {"part of a permutation", permutation(9'000, 1'234)},
      {"permutations", permutation(700, 5'000)},
      {"sparse at first", permutation((u64{1} << 18) + 3, 20'000)},
      {"replacement",
       [] { return std::make_shared<order::ReplacementStream>(Mt19937(5), 1'000, 9'000); }},
      {"replacement, two words",
       [] { return std::make_shared<order::ReplacementStream>(Mt19937(5), u64{1} << 33, 9'000); }},
      {"subset",
       [] {
         order::IntegerArray array;
         array.data = values.data();
         array.size = values.size();
         array.stride = sizeof(i32);
         array.type = order::IntegerArray::Type::i32;
         auto order = std::make_shared<order::PermutationStream>(Mt19937(4), 9'000, 9'000);
         return std::make_shared<order::SubsetStream>(order, array, nullptr);
       }},
      {"shard",
       [] {
         auto order = std::make_shared<order::PermutationStream>(Mt19937(4), 9'001, 9'001);
         return std::make_shared<shard::StridedShard>(order, 5, 8, 1'126);
       }},
      {"shard of replacement",
       [] {
         auto order = std::make_shared<order::ReplacementStream>(Mt19937(4), 500, 3'001);
         return std::make_shared<shard::StridedShard>(order, 2, 3, 2'000);
       }},
  };
}

std::vector<i64> read_all(IndexStream& stream) {
  std::vector<i64> all(stream.length());
  if (!all.empty()) REQUIRE(stream.next(all) == all.size());
  return all;
}

}  // namespace

TEST_CASE("any mixture of reads gives what one long read gives") {
  std::mt19937_64 random(17);
  for (const auto& [name, make] : streams()) {
    const auto expected = read_all(*make());
    const u64 length = expected.size();
    for (int round = 0; round < 8; ++round) {
      const auto stream = make();
      REQUIRE(stream->length() == length);
      REQUIRE(stream->position() == 0);
      u64 position = 0;
      for (int step = 0; step < 60; ++step) {
        CAPTURE(name, round, step, position);
        const u64 action = random() % 4;
        if (action == 0) {
          position = random() % (length + 1);
          stream->seek(position);
        } else if (action == 1) {
          stream->prepare(random() % 1'000);
        } else {
          const u64 stride = action == 2 ? 1 : 1 + random() % (random() % 2 ? 20 : 3'000);
          std::vector<i64> out(random() % 400, -77);
          std::vector<i64> wanted;
          for (u64 k = 0; k < out.size() && position + k * stride < length; ++k) {
            wanted.push_back(expected[position + k * stride]);
          }
          const std::size_t got =
              action == 2 ? stream->next(out) : stream->next_strided(out, stride);
          out.resize(got);
          REQUIRE(out == wanted);
          position = std::min<u64>(length, position + got * stride);
        }
        REQUIRE(stream->position() == position);
      }
    }
  }
}

TEST_CASE("blocks of any size make up the whole") {
  for (const auto& [name, make] : streams()) {
    const auto expected = read_all(*make());
    for (const u64 block : {1, 7, 255, 1024, 4096}) {
      const auto stream = make();
      std::vector<i64> all, out(block);
      while (const std::size_t got = stream->next(out)) {
        all.insert(all.end(), out.begin(), out.begin() + static_cast<i64>(got));
      }
      CAPTURE(name, block);
      REQUIRE(all == expected);
    }
  }
}

TEST_CASE("a seek past the end and a stride of zero are refused and change nothing") {
  for (const auto& [name, make] : streams()) {
    const auto stream = make();
    const u64 length = stream->length();
    stream->seek(length / 2);
    CAPTURE(name);
    REQUIRE_THROWS_AS(stream->seek(length + 1), std::invalid_argument);
    REQUIRE(stream->position() == length / 2);
    std::vector<i64> out(3, 5);
    if (name.find("shard") == std::string::npos) {
      REQUIRE_THROWS_WITH(stream->next_strided(out, 0),
                          "stride should be positive, but got stride=0");
    }
    REQUIRE(out == std::vector<i64>(3, 5));
  }
}

TEST_CASE("a range that reaches the ends of int64") {
  constexpr i64 kMost = std::numeric_limits<i64>::max();
  order::SequentialStream up(3, kMost - 2);
  std::vector<i64> out(5);
  REQUIRE(up.next(out) == 3);
  REQUIRE(out[2] == kMost);
  order::SequentialStream down(2, std::numeric_limits<i64>::min() + 1, -1);
  REQUIRE(down.next(out) == 2);
  REQUIRE(out[1] == std::numeric_limits<i64>::min());
  order::SequentialStream whole((u64{1} << 63) - 1);
  whole.seek((u64{1} << 63) - 2);
  REQUIRE(whole.next_strided(out, u64{1} << 62) == 1);
  REQUIRE(out[0] == kMost - 1);
  REQUIRE(whole.position() == whole.length());
  REQUIRE_THROWS_AS(order::SequentialStream(u64{1} << 63), std::invalid_argument);
}

TEST_CASE("replacement is the plain draw") {
  Mt19937 plain(5);
  order::ReplacementStream stream(Mt19937(5), 1'000, 300);
  std::vector<i64> out(300), expected(300);
  stream.next(out);
  for (i64& value : expected) value = plain.random() % 1'000;
  REQUIRE(out == expected);
  REQUIRE_THROWS_WITH(order::ReplacementStream(Mt19937(5), 0, 3),
                      "n should be positive, but got n=0");
}
