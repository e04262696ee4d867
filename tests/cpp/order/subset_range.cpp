// Indices and values that a subset cannot give.

#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/subset.hpp"

namespace fastsamplers::order {
namespace {

using Type = IntegerArray::Type;

constexpr u64 kTooLarge = u64{1} << 63;

// Five places of any type, a range too.
IntegerArray five(Type type, const std::vector<u64>& zeros) {
  IntegerArray array;
  array.data = zeros.data();
  array.size = 5;
  array.stride = 8;
  array.type = type;
  return array;
}

TEST_CASE("an index outside the array is out_of_range for every type", "[order][subset]") {
  const std::vector<u64> zeros(5, 0);
  for (const Type type : {Type::i8, Type::i16, Type::i32, Type::i64, Type::u8, Type::u16, Type::u32,
                          Type::u64, Type::range}) {
    INFO("type " << static_cast<int>(type));
    for (const i64 index : {i64{5}, i64{6}, i64{-1}, i64{1} << 62, -(i64{1} << 62)}) {
      SubsetStream stream(std::make_shared<SequentialStream>(1, index), five(type, zeros), nullptr);
      std::vector<i64> out(1);
      const auto text =
          Catch::Message("index " + std::to_string(index) + " is out of range for 5 values");
      CHECK_THROWS_MATCHES(stream.next(out), std::out_of_range, text);
      stream.seek(0);
      CHECK_THROWS_MATCHES(stream.next_strided(out, 3), std::out_of_range, text);
    }
    SubsetStream within(std::make_shared<SequentialStream>(5), five(type, zeros), nullptr);
    std::vector<i64> out(5);
    CHECK(within.next(out) == 5);
  }
}

TEST_CASE("every index is outside an empty array", "[order][subset]") {
  SubsetStream stream(std::make_shared<SequentialStream>(1), IntegerArray{}, nullptr);
  std::vector<i64> out(1);
  CHECK_THROWS_MATCHES(stream.next(out), std::out_of_range,
                       Catch::Message("index 0 is out of range for 0 values"));
}

TEST_CASE("an unsigned value above int64 is out_of_range with its place", "[order][subset]") {
  for (const u64 value : {kTooLarge, ~u64{0}}) {
    const std::vector<u64> values = {1, 2, kTooLarge - 1, value, 4};
    SubsetStream stream(std::make_shared<SequentialStream>(5), five(Type::u64, values), nullptr);
    std::vector<i64> out(3);
    CHECK(stream.next(out) == 3);
    CHECK(out[2] == static_cast<i64>(kTooLarge - 1));
    CHECK_THROWS_MATCHES(stream.next(out), std::out_of_range,
                         Catch::Message("indices should fit int64, but got " +
                                        std::to_string(value) + " at position 3"));
  }
}

TEST_CASE("a refused read leaves the stream where it was", "[order][subset]") {
  const std::vector<u64> values = {10, 11, kTooLarge, 13, 14};
  SubsetStream unsigned_values(std::make_shared<SequentialStream>(5), five(Type::u64, values),
                               nullptr);
  SubsetStream outside(std::make_shared<SequentialStream>(9), five(Type::i64, values), nullptr);
  for (SubsetStream* stream : {&unsigned_values, &outside}) {
    stream->seek(1);
    std::vector<i64> out(8, -7);
    CHECK_THROWS_AS(stream->next(out), std::out_of_range);
    CHECK(stream->position() == 1);
    stream->seek(1);
    CHECK_THROWS_AS(stream->next_strided(out, 1), std::out_of_range);
    CHECK(stream->position() == 1);
  }
}

}  // namespace
}  // namespace fastsamplers::order
