#include "fastsamplers/order/feistel_range.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"
#include "order/shuffle_reference.hpp"

namespace fastsamplers::order {
namespace {

constexpr i64 kUntouched = -1234567;

FeistelNetwork<u16> network_of(u64 a, u32 m, std::size_t rounds, std::mt19937& random) {
  FeistelNetwork<u16> network;
  network.left_size = static_cast<u16>(a);
  network.right_bits = m;
  network.rounds = rounds;
  for (FeistelRound<u16>& round : network.round) {
    round = {static_cast<u16>(random() | 1), static_cast<u16>(random()),
             static_cast<u16>(random() | 1)};
  }
  return network;
}

std::vector<i64> plain_values(const FeistelNetwork<u16>& network, u64 first, u64 step,
                              std::size_t count) {
  test::ReferenceNetwork reference{16, network.left_size, u64{1} << network.right_bits, {}};
  for (std::size_t r = 0; r < network.rounds; ++r) {
    const auto& [multiplier, mask, mixer] = network.round[r];
    reference.rounds.push_back({multiplier, mask, mixer});
  }
  std::vector<i64> values;
  for (u64 k = 0; k < count; ++k) {
    const u64 place = first + k * step;
    const auto [left, right] = reference.forward({place / reference.b, place % reference.b});
    values.push_back(static_cast<i64>(right * reference.a + left));
  }
  return values;
}

void check(const FeistelNetwork<u16>& network, u64 first, u64 step, std::size_t count) {
  const std::vector<i64> expected = plain_values(network, first, step, count);
  const i64 most = expected.empty() ? 0 : *std::max_element(expected.begin(), expected.end());
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", a " << network.left_size << ", m " << network.right_bits
                            << ", first " << first << ", step " << step << ", count " << count);
    std::vector<i64> values(count + 64, kUntouched);
    CHECK(kRangeValues.at(isa)(network, first, step, count, values.data()) == most);
    CHECK(std::all_of(values.begin() + static_cast<std::ptrdiff_t>(count), values.end(),
                      [](i64 value) { return value == kUntouched; }));
    values.resize(count);
    CHECK(test::first_difference(values, expected) == test::kSame);
  }
}

TEST_CASE("the values of a range are those of its places", "[order][feistel]") {
  std::mt19937 random(3);
  for (const auto& [a, m] : {std::pair<u64, u32>{33, 7},
                             {65, 7},
                             {1000, 10},
                             {30518, 15},
                             {32768, 15},
                             {32768, 16},
                             {32767, 16}}) {
    const u64 places = a << m;
    for (const std::size_t rounds : {0, 2, 8, 16}) {
      const FeistelNetwork<u16> network = network_of(a, m, rounds, random);
      check(network, 0, 1, 4 * kFeistelLanes);
      check(network, places - 2 * kFeistelLanes, 1, 2 * kFeistelLanes);
      check(network, 5, (places - 6) / (3 * kFeistelLanes), 3 * kFeistelLanes);
      check(network, places - 1, ~u64{0}, kFeistelLanes);  // backwards
      check(network, 7, 0, kFeistelLanes);
      check(network, 7, 1, 0);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
