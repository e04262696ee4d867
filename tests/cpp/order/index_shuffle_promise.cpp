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
    {2, 0x1, 0x0, {1, 0, -1, -1}, 0x9562f070ea5b5b35},
    {4, 0x0, 0x0, {0, 2, 1, 3}, 0xa30f9c5f68b1ad69},
    {10, 0x0, 0x0, {4, 3, 0, 6}, 0x3777927c7015e694},
    {1000, 0x2a, 0x7, {518, 52, 868, 577}, 0xa9f909c394e14455},
    {4095, 0xffffffffffffffff, 0xffffffffffffffff, {2903, 91, 3043, 3007}, 0xe96c592f39dd56c1},
    {4096, 0x0, 0x0, {3859, 3296, 2614, 3270}, 0x215bfc284dae46e8},
    {4096, 0x75bcd15, 0x1, {1119, 3842, 391, 3771}, 0x2ca88e87ca0e6fed},
    // a network in words of 16 bits, by 8 rounds
    {4097, 0x0, 0x0, {1837, 1979, 2461, 1166}, 0x45a976a39a4859a8},
    {4097, 0x2a, 0x7, {4002, 955, 1090, 4036}, 0xe41be41c563965a9},
    {10000, 0x1, 0x2, {4997, 8734, 9858, 2648}, 0x6d1652eb938a2159},
    {65536, 0x0, 0xffffffffffffffff, {60009, 37501, 40917, 33298}, 0x0bf00c3c4a43f40f},
    {65537, 0xffffffffffffffff, 0x0, {64266, 29837, 22767, 23176}, 0xf8d0d882250bc0b5},
    {1000000, 0x123456789abcdef, 0x3, {927088, 96299, 558716, 1648}, 0xe898857b94e11749},
    {1281167, 0x0, 0x0, {3651, 77465, 870012, 256323}, 0x30b06accb59d9100},
    {16777215, 0x5, 0x5, {14554545, 23141, 1326883, 16634431}, 0x11249c910aae8412},
    {16777216, 0x0, 0x0, {2357831, 1660224, 1211209, 9803740}, 0x66a5137d4b07c992},
    // by 6 rounds
    {16777217, 0x0, 0x0, {3745214, 4988783, 3662560, 16040469}, 0x2d42282293a0d07d},
    {1000000000, 0x7e8, 0xb, {435863589, 7334623, 24986383, 683512764}, 0x63ccf5da111d2367},
    {2147483647,
     0x9,
     0x8000000000000000,
     {1929622173, 1509082093, 682367515, 159033208},
     0x7681f42b858ca4ef},
    {2147483648, 0x0, 0x0, {2050798873, 1956045049, 1300917247, 1565271763}, 0x99341651afe47dc7},
    // in words of 32 bits
    {2147483649, 0x0, 0x0, {1855229773, 1764337570, 655664232, 1989390609}, 0xf6cb8c9f2d914c9d},
    {4294967296, 0x1, 0x1, {3127459526, 2781027140, 225380561, 864284391}, 0x6551d74e05d3f757},
    {1000000000000,
     0xdeadbeef,
     0x1e,
     {827049762469, 906326720716, 357516529217, 670753225134},
     0xe486f9ed17ec71d4},
    {9007199254740993,
     0x7,
     0xffffffffffffffff,
     {7515143298006425, 6516290894056503, 4613522967434916, 2082598661819447},
     0x5dcc610c605fcc32},
    {4611686018427387903,
     0xffffffffffffffff,
     0xffffffffffffffff,
     {2778661771073917832, 4424525950795934405, 3905276884579920525, 740692564251884814},
     0x5f9d0d14054012dd},
    {4611686018427387904,
     0x0,
     0x0,
     {860003725211739431, 404586161269638572, 1638201563273898489, 4018501814426076354},
     0xe50205a37afc6a27},
    {4611686018427387904,
     0x8000000000000000,
     0x1,
     {4048589420165151167, 1167270009300977557, 1578164019466001409, 3276720254592380777},
     0x66ca46773e806f19},
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
