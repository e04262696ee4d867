#include "fastsamplers/order/subset.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "oracle.hpp"
#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;
using Type = IntegerArray::Type;

constexpr i64 kLeast = std::numeric_limits<i64>::min();
constexpr i64 kMost = std::numeric_limits<i64>::max();

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, i8>) return Type::i8;
  if constexpr (std::is_same_v<T, i16>) return Type::i16;
  if constexpr (std::is_same_v<T, i32>) return Type::i32;
  if constexpr (std::is_same_v<T, i64>) return Type::i64;
  if constexpr (std::is_same_v<T, u8>) return Type::u8;
  if constexpr (std::is_same_v<T, u16>) return Type::u16;
  if constexpr (std::is_same_v<T, u32>) return Type::u32;
  if constexpr (std::is_same_v<T, u64>) return Type::u64;
}

// Values of a type, its least and greatest among them; of u64 those that int64 has too.
template <class T>
std::vector<T> values_of(std::size_t count) {
  std::mt19937 random(131);
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(test::two_words(random) >> 1);
  const T most = static_cast<T>(
      std::min<u64>(static_cast<u64>(std::numeric_limits<T>::max()), static_cast<u64>(kMost)));
  if (count > 0) values.front() = std::numeric_limits<T>::min();
  if (count > 1) values.back() = most;
  return values;
}

// The values laid out `stride` bytes apart in memory of their own, which a stream can own.
template <class T>
struct Layout {
  Layout(const std::vector<T>& values, i64 stride) {
    const i64 count = static_cast<i64>(values.size());
    const i64 span = std::max<i64>(0, count - 1) * std::abs(stride);
    memory = std::make_shared<std::vector<char>>(static_cast<std::size_t>(span) + sizeof(T) + 1);
    // One byte in, so that an alignment that nobody promised would be noticed.
    char* const first = memory->data() + 1 + (stride < 0 ? span : 0);
    for (i64 i = 0; i < count; ++i) {
      std::memcpy(first + i * stride, &values[static_cast<std::size_t>(i)], sizeof(T));
    }
    array.data = first;
    array.size = values.size();
    array.stride = stride;
    array.type = type_of<T>();
  }

  std::shared_ptr<std::vector<char>> memory;
  IntegerArray array;
};

TEMPLATE_TEST_CASE("a subset reads every integer type at every distance", "[order][subset]", i8,
                   i16, i32, i64, u8, u16, u32, u64) {
  constexpr auto kSize = static_cast<i64>(sizeof(TestType));
  for (const std::size_t count : {1, 2, 5, 700, 5000}) {
    const std::vector<TestType> values = values_of<TestType>(count);
    const std::vector<i64> order = test::repeated_permutation(count, count, 2 * count + 1);
    for (const i64 stride : {kSize, -kSize, 2 * kSize, kSize + 1, -kSize - 3, 3 * kSize - 1}) {
      INFO(count << " values, " << stride << " bytes apart");
      const Layout<TestType> layout(values, stride);
      std::vector<i64> expected;
      for (const i64 index : order) expected.push_back(static_cast<i64>(values[index]));
      test::check_stream(
          [&]() -> std::shared_ptr<test::Stream> {
            auto source = std::make_shared<PermutationStream>(Mt19937(count), count, 2 * count + 1);
            return std::make_shared<SubsetStream>(source, layout.array, layout.memory);
          },
          expected, count, 30);
    }
  }
}

TEST_CASE("a value that stands for every index", "[order][subset]") {
  const i32 value = -5;
  IntegerArray array;
  array.data = &value;
  array.size = 100;
  array.stride = 0;
  array.type = Type::i32;
  test::check_stream(
      [&] {
        return std::make_shared<SubsetStream>(std::make_shared<SequentialStream>(100), array,
                                              nullptr);
      },
      std::vector<i64>(100, -5), 1);
}

TEST_CASE("a range of integers is computed", "[order][subset]") {
  struct Range {
    i64 first;
    i64 step;
    u64 size;
  };
  for (const auto& [first, step, size] :
       {Range{0, 1, 50}, Range{7, 3, 1000}, Range{-4, -9, 1000}, Range{5, 0, 10},
        Range{kMost, -1, 100}, Range{kLeast, 1, 100}, Range{kLeast, i64{1} << 62, 4}}) {
    INFO("first " << first << ", step " << step);
    IntegerArray array;
    array.size = size;
    array.first = first;
    array.stride = step;
    array.type = Type::range;
    std::vector<i64> expected;
    for (const i64 index : test::repeated_permutation(1, size, size)) {
      expected.push_back(static_cast<i64>(static_cast<u64>(first) +
                                          static_cast<u64>(index) * static_cast<u64>(step)));
    }
    test::check_stream(
        [&, size = size]() -> std::shared_ptr<test::Stream> {
          auto order = std::make_shared<PermutationStream>(Mt19937(1), size, size);
          return std::make_shared<SubsetStream>(order, array, nullptr);
        },
        expected, 2);
  }
}

TEST_CASE("a subset of a subset", "[order][subset]") {
  const std::vector<u16> outer = {9, 8, 7, 6, 5, 4, 3};
  const std::vector<i8> inner = {6, 0, 3, 3};
  const Layout<u16> outer_layout(outer, 2);
  const Layout<i8> inner_layout(inner, 1);
  const auto positions = std::make_shared<SubsetStream>(std::make_shared<SequentialStream>(4),
                                                        inner_layout.array, inner_layout.memory);
  SubsetStream stream(positions, outer_layout.array, outer_layout.memory);
  CHECK(test::read_rest(stream, 3) == std::vector<i64>{3, 9, 6, 6});
}

TEST_CASE("the array lives as long as the stream", "[order][subset]") {
  const Layout<i64> layout(values_of<i64>(10), 8);
  std::weak_ptr<std::vector<char>> memory;
  {
    auto owned = std::make_shared<std::vector<char>>(*layout.memory);
    memory = owned;
    IntegerArray array = layout.array;
    array.data = owned->data() + 1;
    SubsetStream stream(std::make_shared<SequentialStream>(10), array, std::move(owned));
    CHECK_FALSE(memory.expired());
    CHECK(test::read_rest(stream, 4).size() == 10);
  }
  CHECK(memory.expired());
}

// A source whose draws can be noticed from outside.
class SharedSource final : public IndexStream {
 public:
  u64 length() const override { return 3; }
  u64 position() const override { return 0; }
  std::size_t next(std::span<i64>) override { return 0; }
  void seek(u64) override {}
  bool prepare(u64 steps) override { return steps > 5; }
  u64 work_per_index() const override { return 7; }
  u64 work_per_strided_index(u64 stride) const override { return 9 + stride; }
  bool may_read_ahead() const override { return false; }
};

TEST_CASE("what the order says about itself holds for the subset", "[order][subset]") {
  SubsetStream stream(std::make_shared<SharedSource>(), IntegerArray{}, nullptr);
  CHECK_FALSE(stream.may_read_ahead());
  CHECK(stream.work_per_index() == 7);
  CHECK(stream.work_per_strided_index(3) == 12);
  CHECK(stream.length() == 3);
  CHECK_FALSE(stream.prepare(5));
  CHECK(stream.prepare(6));
  CHECK(SubsetStream(std::make_shared<SequentialStream>(1), IntegerArray{}, nullptr)
            .may_read_ahead());
}

TEST_CASE("a subset without an order is refused", "[order][subset]") {
  CHECK_THROWS_MATCHES(SubsetStream(nullptr, IntegerArray{}, nullptr), std::invalid_argument,
                       Catch::Message("order should be a stream, but got order=null"));
}

}  // namespace
}  // namespace fastsamplers::order
