// The table of kIndexShuffleVersion "feistel-1", as the code that introduced it made it.
//
// A PROMISE: no row of it may ever change. Whoever resumes an epoch with a newer build has to get
// the rest of the same permutation. Code that gives other values needs another algorithm's name.

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <string>
#include <vector>

#include "fastsamplers/order/index_shuffle.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/shuffle_reference.hpp"

namespace fastsamplers::order {
namespace {

struct Promise {
  u64 n;
  u64 seed;
  u64 epoch;
  i64 first[4];  // values; -1 where there are fewer
  u64 checksum;  // of the values at sampled_places()
};

constexpr Promise kPromises[] = {
    // listed
    {1, 0x0, 0x0, {0, -1, -1, -1}, 0x12633b178b17a745},
    {2, 0x1, 0x0, {0, 1, -1, -1}, 0x4aaa5b1ab0f9cb95},
    {4, 0x0, 0x0, {0, 3, 1, 2}, 0x5f8e861762f43ff1},
    {10, 0x0, 0x0, {3, 6, 2, 9}, 0xf1b1b4010a2180d4},
    {1000, 0x2a, 0x7, {401, 578, 482, 765}, 0xc3cce243370ddad1},
    {4095, 0xffffffffffffffff, 0xffffffffffffffff, {726, 3620, 701, 2798}, 0xb7de1ca0e9d5a2e2},
    {4096, 0x0, 0x0, {1122, 3714, 2915, 408}, 0xe6310398e18c010a},
    {4096, 0x75bcd15, 0x1, {935, 614, 655, 434}, 0x1fd8d3079a6a4ff8},
    // a network in words of 16 bits
    {4097, 0x0, 0x0, {3286, 1960, 3240, 3405}, 0xf25d0c5add6e072e},
    {4097, 0x2a, 0x7, {3003, 3247, 3254, 1714}, 0x22c53b66992ba31a},
    {10000, 0x1, 0x2, {3744, 7653, 9513, 7609}, 0xe55d6dfca8958ce1},
    {65536, 0x0, 0xffffffffffffffff, {15384, 52394, 19843, 49291}, 0x55d5363af1af3bcd},
    {65537, 0xffffffffffffffff, 0x0, {50905, 64051, 441, 57434}, 0xf7d46676cdfa4e24},
    {1000000, 0x123456789abcdef, 0x3, {900310, 848150, 289852, 927037}, 0x7408637cf8e0def9},
    {1281167, 0x0, 0x0, {347446, 1129579, 939272, 1219317}, 0x7b9a297cb213425c},
    {16777215, 0x5, 0x5, {5089268, 3896979, 13405925, 4376602}, 0x76b990569619333d},
    {16777216, 0x0, 0x0, {16304266, 4350092, 3969562, 13256335}, 0x504d6c436978c34d},
    {16777217, 0x0, 0x0, {3646618, 13881144, 7783070, 8861428}, 0x7d94454af027fa2a},
    {1000000000, 0x7e8, 0xb, {911908732, 322787665, 459879579, 569081057}, 0x69712958262712e3},
    {2147483647,
     0x9,
     0x8000000000000000,
     {879908665, 2011554262, 1395329422, 171257721},
     0xfc7ee5ac0c3963a8},
    {2147483648, 0x0, 0x0, {977900772, 211617062, 317785171, 2012202016}, 0x9e433e571b82bc0f},
    // in words of 32 bits
    {2147483649, 0x0, 0x0, {1944992243, 1873135532, 1083027496, 671696567}, 0xf0117f4d6f671e61},
    {4294967296, 0x1, 0x1, {2178103819, 228676218, 2346309369, 2455592639}, 0x85ff84d378b10094},
    {1000000000000,
     0xdeadbeef,
     0x1e,
     {562278689365, 821381361612, 794741023699, 102275076183},
     0x2f63e952042ce317},
    {9007199254740993,
     0x7,
     0xffffffffffffffff,
     {777924938877695, 7389083513123606, 5920238951104545, 5925420447250195},
     0x14dc525d5672f198},
    {4611686018427387903,
     0xffffffffffffffff,
     0xffffffffffffffff,
     {1171069961032399826, 1279047546063460085, 4391929395301350385, 375104036341343310},
     0xf58a5ef52f67b723},
    {4611686018427387904,
     0x0,
     0x0,
     {3125936423770772886, 2500193584114011738, 135777128535523759, 516676779246174306},
     0xbab69a10c00e736c},
    {4611686018427387904,
     0x8000000000000000,
     0x1,
     {1014814004268778867, 1788863197528084042, 463189743344788829, 4365715341575191427},
     0x9967aa2aba2e6deb},
};

std::vector<i64> sampled_places(u64 n) {
  std::vector<i64> places;
  for (u64 k = 0; k < 1000; ++k) {
    places.push_back(static_cast<i64>(k * 0x9e3779b97f4a7c15 % n));
  }
  return places;
}

// FNV-1a over whole words.
u64 checksum_of(const std::vector<i64>& values) {
  u64 sum = 0xcbf29ce484222325;
  for (const i64 value : values) sum = (sum ^ static_cast<u64>(value)) * 0x100000001b3;
  return sum;
}

TEST_CASE("the version of the index shuffle is the one that was promised",
          "[order][index_shuffle]") {
  CHECK(std::string(kIndexShuffleVersion) == "feistel-1");
  CHECK(kMostListed == 4096);
  CHECK(kMostNarrow == u64{1} << 31);
  CHECK(kMostShuffled == u64{1} << 62);
}

TEST_CASE("the values of index shuffles never change", "[order][index_shuffle]") {
  for (const auto& [n, seed, epoch, first, checksum] : kPromises) {
    const IndexShuffle shuffle(n, seed, epoch);
    const std::vector<i64> places = sampled_places(n);
    for (const Isa isa : test::supported_levels()) {
      const test::ActiveIsa active(isa);
      INFO(test::name_of(isa) << ", n " << n << ", seed " << seed << ", epoch " << epoch);
      std::vector<i64> values(std::min<u64>(n, 4));
      shuffle.values_of_range(0, 1, values);
      values.resize(4, -1);
      CHECK(values == std::vector<i64>(std::begin(first), std::end(first)));
      std::vector<i64> sampled = places;
      shuffle.values_at(sampled);
      CHECK(checksum_of(sampled) == checksum);
      shuffle.places_of(sampled);
      CHECK(test::first_difference(sampled, places) == test::kSame);
    }
    std::vector<i64> one_by_one;
    for (const i64 place : places) one_by_one.push_back(shuffle.value_at(place));
    CHECK(checksum_of(one_by_one) == checksum);
  }
}

// So that the plain definition of the other tests is held to the same table.
TEST_CASE("the plain definition keeps the promise", "[order][index_shuffle]") {
  for (const auto& [n, seed, epoch, first, checksum] : kPromises) {
    INFO("n " << n << ", seed " << seed << ", epoch " << epoch);
    const test::ReferenceShuffle reference(n, seed, epoch);
    std::vector<i64> values;
    for (const i64 place : sampled_places(n)) {
      values.push_back(reference.value_at(static_cast<u64>(place)));
    }
    CHECK(checksum_of(values) == checksum);
    for (u64 k = 0; k < std::min<u64>(n, 4); ++k) CHECK(reference.value_at(k) == first[k]);
  }
}

}  // namespace
}  // namespace fastsamplers::order
