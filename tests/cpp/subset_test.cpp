// Gathering from arrays of every integer type, however they lie.

#include "fastsamplers/order/subset.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "fastsamplers/order/sequential.hpp"

using namespace fastsamplers;
using order::IntegerArray;
using order::SubsetStream;
using Type = IntegerArray::Type;

namespace {

std::vector<i64> gathered(const IntegerArray& array) {
  auto order = std::make_shared<order::SequentialStream>(array.size);
  SubsetStream stream(order, array, nullptr);
  std::vector<i64> out(array.size);
  REQUIRE(stream.next(out) == array.size);
  return out;
}

template <class T>
void check_type(Type type) {
  const std::vector<T> values = {0, 1, 100, std::numeric_limits<T>::max() / 2,
                                 static_cast<T>(std::numeric_limits<T>::min())};
  std::vector<i64> expected;
  for (const T value : values) expected.push_back(static_cast<i64>(value));

  IntegerArray array;
  array.data = values.data();
  array.size = values.size();
  array.stride = sizeof(T);
  array.type = type;
  REQUIRE(gathered(array) == expected);

  array.data = values.data() + values.size() - 1;  // backwards
  array.stride = -static_cast<i64>(sizeof(T));
  REQUIRE(gathered(array) == std::vector<i64>(expected.rbegin(), expected.rend()));

  // Unaligned and far apart.
  std::vector<char> bytes(1 + values.size() * (sizeof(T) + 3));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::memcpy(bytes.data() + 1 + i * (sizeof(T) + 3), &values[i], sizeof(T));
  }
  array.data = bytes.data() + 1;
  array.stride = sizeof(T) + 3;
  REQUIRE(gathered(array) == expected);
}

}  // namespace

TEST_CASE("every integer type, stride and alignment") {
  check_type<i8>(Type::i8);
  check_type<i16>(Type::i16);
  check_type<i32>(Type::i32);
  check_type<i64>(Type::i64);
  check_type<u8>(Type::u8);
  check_type<u16>(Type::u16);
  check_type<u32>(Type::u32);
  check_type<u64>(Type::u64);
}

TEST_CASE("a range is computed") {
  IntegerArray range;
  range.size = 4;
  range.first = 10;
  range.stride = -4;
  range.type = Type::range;
  REQUIRE(gathered(range) == std::vector<i64>{10, 6, 2, -2});
}

TEST_CASE("an index outside the array and a value outside int64 are refused") {
  const std::vector<u64> values = {1, u64{1} << 63};
  IntegerArray array;
  array.data = values.data();
  array.size = 2;
  array.stride = sizeof(u64);
  array.type = Type::u64;
  std::vector<i64> out(3);
  SubsetStream large(std::make_shared<order::SequentialStream>(2), array, nullptr);
  REQUIRE_THROWS_WITH(large.next(out),
                      "indices should fit int64, but got 9223372036854775808 at position 1");
  array.size = 1;
  SubsetStream beyond(std::make_shared<order::SequentialStream>(2), array, nullptr);
  REQUIRE_THROWS_WITH(beyond.next(out), "index 1 is out of range for 1 values");
  array.type = Type::range;
  SubsetStream beyond_range(std::make_shared<order::SequentialStream>(2), array, nullptr);
  REQUIRE_THROWS_WITH(beyond_range.next(out), "index 1 is out of range for 1 values");
}

TEST_CASE("the owner lives as long as the stream") {
  auto owner = std::make_shared<std::vector<i64>>(3, 5);
  const std::weak_ptr<std::vector<i64>> watch = owner;
  IntegerArray array;
  array.data = owner->data();
  array.size = 3;
  array.stride = 8;
  auto stream = std::make_unique<SubsetStream>(std::make_shared<order::SequentialStream>(3), array,
                                               std::move(owner));
  REQUIRE_FALSE(watch.expired());
  stream.reset();
  REQUIRE(watch.expired());
}
