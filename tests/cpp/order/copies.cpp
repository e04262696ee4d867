// The copies at every level: each has to leave what lies around its output alone, wherever that
// begins, and to extend a value of 32 bits as its type says.

#include "fastsamplers/order/copies.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <limits>
#include <random>
#include <vector>

#include "fastsamplers/base/page_buffer.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::order {
namespace {

constexpr i64 kGuard = std::numeric_limits<i64>::min() + 12345;
constexpr std::size_t kGuards = 20;

std::vector<std::size_t> counts() {
  std::vector<std::size_t> all = {63, 64, 65, 1000, 1001, 1023, 1024, 1025, 4099};
  for (std::size_t count = 0; count <= 40; ++count) all.push_back(count);
  return all;
}

// Every fourth value is one at which a sign or a carry would show.
template <class Value>
Value value_at(std::size_t k, std::mt19937& random) {
  constexpr Value kLeast = std::numeric_limits<Value>::min();
  constexpr Value kMost = std::numeric_limits<Value>::max();
  const Value edges[] = {
      kMost,    static_cast<Value>(kMost - 1),     kLeast,
      Value{0}, static_cast<Value>(kMost / 2),     static_cast<Value>(-1),
      Value{1}, static_cast<Value>(kMost / 2 + 1), static_cast<Value>(kLeast + 1)};
  if (k % 4 == 0) return edges[k / 4 % std::size(edges)];
  return static_cast<Value>(test::two_words(random));
}

template <class Value>
std::vector<Value> values_of(std::size_t count, std::mt19937& random) {
  std::vector<Value> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = value_at<Value>(k, random);
  return values;
}

// Between guards, from a place that is aligned to an index and to nothing wider.
struct Output {
  Output(std::size_t skew, std::size_t count)
      : begin(kGuards + skew), memory(begin + count + kGuards, kGuard) {}

  i64* data() { return memory.data() + begin; }
  std::vector<i64> around(const std::vector<i64>& values) const {
    std::vector<i64> all(begin, kGuard);
    all.insert(all.end(), values.begin(), values.end());
    all.resize(all.size() + kGuards, kGuard);
    return all;
  }

  std::size_t begin;
  std::vector<i64> memory;
};

TEST_CASE("a widening copy extends by zeros", "[order][copies]") {
  std::mt19937 random(201);
  for (const std::size_t count : counts()) {
    for (std::size_t skew = 0; skew < 4; ++skew) {
      const std::vector<u32> values = values_of<u32>(skew + count, random);
      const std::vector<i64> expected(values.begin() + static_cast<std::ptrdiff_t>(skew),
                                      values.end());
      for (const Isa isa : test::supported_levels()) {
        INFO(test::name_of(isa) << ", count " << count << ", skew " << skew);
        Output out((3 * skew + 1) % 8, count);
        kWiden.at(isa)(values.data() + skew, count, out.data());
        REQUIRE(test::first_difference(out.memory, out.around(expected)) == test::kSame);
      }
    }
  }
}

void check_decode(const u32* places, u64 first, u64 stride, std::size_t count) {
  std::vector<i64> expected;
  for (std::size_t k = 0; k < count; ++k) {
    const u64 i = first + k * stride;
    expected.push_back(static_cast<i64>(places[i] ^ i));
  }
  for (const Isa isa : test::supported_levels()) {
    INFO(test::name_of(isa) << ", first " << first << ", stride " << stride << ", count " << count);
    Output out(first % 8, count);
    kDecode.at(isa)(places, first, stride, count, out.data());
    REQUIRE(test::first_difference(out.memory, out.around(expected)) == test::kSame);
  }
}

TEST_CASE("a decoding copy undoes the XOR with the place", "[order][copies]") {
  std::mt19937 random(202);
  for (const std::size_t count : counts()) {
    for (const u64 stride : {u64{1}, u64{2}, u64{3}, u64{7}, u64{8}, u64{1000}}) {
      for (const u64 first : {u64{0}, u64{1}, u64{2}, u64{3}, u64{5}, u64{1021}}) {
        if (count > 1025 && first > 1) continue;
        // The memory ends with the last place that is asked for.
        const u64 size = count == 0 ? first : first + (count - 1) * stride + 1;
        const std::vector<u32> places = values_of<u32>(size, random);
        check_decode(places.data(), first, stride, count);
      }
    }
  }
}

TEST_CASE("a decoding copy at the end of the longest forward shuffle", "[order][copies]") {
  // 859 MB of zeros, of which only the last pages are touched.
  constexpr u64 kPlaces = 214748363;
  const PageBuffer memory(4 * kPlaces);
  const std::span<u32> places = memory.as<u32>();
  std::mt19937 random(203);
  for (u64 back = 1; back <= 50000; ++back) {
    places[kPlaces - back] = value_at<u32>(back, random);
  }
  for (const u64 stride : {u64{1}, u64{2}, u64{3}, u64{8}, u64{1000}}) {
    for (const std::size_t count : {1, 8, 16, 31, 50}) {
      check_decode(places.data(), kPlaces - 1 - (count - 1) * stride, stride, count);
    }
  }
}

template <class Value>
const auto& gather() {
  if constexpr (sizeof(Value) == 4) {
    return kGather32;
  } else {
    return kGather64;
  }
}

TEMPLATE_TEST_CASE("a gather gives the values in the order of the indices", "[order][copies]", i32,
                   i64) {
  std::mt19937 random(204);
  for (const std::size_t size : {1, 2, 9, 40, 5000}) {
    for (std::size_t skew = 0; skew < 3; ++skew) {
      const std::vector<TestType> memory = values_of<TestType>(skew + size, random);
      const TestType* const values = memory.data() + skew;
      for (const std::size_t count : counts()) {
        std::vector<i64> indices;
        std::vector<i64> expected;
        for (std::size_t k = 0; k < count; ++k) {
          const std::size_t index = k % 5 == 0 ? size - 1 : random() % size;
          indices.push_back(static_cast<i64>(index));
          expected.push_back(values[index]);
        }
        for (const Isa isa : test::supported_levels()) {
          INFO(test::name_of(isa) << ", size " << size << ", count " << count << ", skew " << skew);
          Output out((5 * skew + 3) % 8, count);
          std::copy(indices.begin(), indices.end(), out.data());
          gather<TestType>().at(isa)(values, out.data(), count);
          REQUIRE(test::first_difference(out.memory, out.around(expected)) == test::kSame);
        }
      }
    }
  }
}

// 17 GB of addresses, of which a few pages are touched.
TEMPLATE_TEST_CASE("a gather takes indices of more than 31 bits", "[.large]", i32, i64) {
  constexpr i64 kSize = (i64{1} << 34) / static_cast<i64>(sizeof(TestType)) + 2;
  const std::vector<i64> indices = {
      0, 1, 5, (i64{1} << 31) - 1, i64{1} << 31, (i64{1} << 31) + 1, kSize - 1, kSize - 2, 2};
  const PageBuffer memory(sizeof(TestType) * kSize);
  const std::span<TestType> values = memory.as<TestType>();
  for (const i64 index : indices) {
    values[static_cast<u64>(index)] = static_cast<TestType>(-7 - index % 1000003);
  }
  for (const Isa isa : test::supported_levels()) {
    std::vector<i64> out = indices;
    gather<TestType>().at(isa)(values.data(), out.data(), out.size());
    for (std::size_t k = 0; k < out.size(); ++k) {
      INFO(test::name_of(isa) << ", index " << indices[k]);
      CHECK(out[k] == -7 - indices[k] % 1000003);
    }
  }
}

}  // namespace
}  // namespace fastsamplers::order
