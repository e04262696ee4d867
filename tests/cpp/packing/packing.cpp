#include "fastsamplers/packing/packing.hpp"

#include <catch2/catch.hpp>

#include "packing/textbook.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::packing {
namespace {

using test::LaidOut;
using test::Random;
using test::Shape;

template <class T>
void check_packing(const std::vector<u64>& lengths, u64 capacity, test::Layout layout, u64 steps) {
  std::vector<T> values;
  for (const u64 length : lengths) values.push_back(static_cast<T>(length));
  const LaidOut<T> laid_out(values, layout);
  const auto survey = laid_out.survey();
  for (const PackingRule rule : test::kPackingRules) {
    const auto expected = test::plain_packing(lengths, capacity, rule);
    const Bins bins = test::packed(laid_out.array(), survey, capacity, rule, steps);
    INFO(test::name_of(rule) << " of " << lengths.size() << " lengths, capacity " << capacity
                             << ", " << steps << " steps");
    REQUIRE(test::first_different_bin(bins, expected) == test::kSameBins);
    REQUIRE(bins.indices.size() == lengths.size());
    REQUIRE(bins.offsets.front() == 0);
    REQUIRE(bins.offsets.back() == lengths.size());
  }
}

std::vector<u64> capacities() {
  std::vector<u64> all = {
      1, 2, 3, 10, 100, 1000, 70000, 262143, 262144, 262145, (u64{1} << 40) + 12345, ~u64{0}};
  for (const u32 bit : {2, 3, 5, 6, 7, 10, 12, 16, 31, 32, 63}) {
    for (const u64 off : {~u64{0}, u64{0}, u64{1}}) all.push_back((u64{1} << bit) + off);
  }
  return all;
}

TEST_CASE("bins are those of the textbook, at every capacity", "[packing]") {
  Random random(101);
  std::size_t round = 0;
  for (const u64 capacity : capacities()) {
    for (const Shape shape : test::kShapes) {
      for (const std::size_t count : {0, 1, 2, 3, 10, 60, 500}) {
        const u64 steps = ++round % 3 == 0 ? 1 : round % 3 == 1 ? 37 : ~u64{0};
        check_packing<u64>(test::lengths_of(shape, capacity, count, random), capacity, {}, steps);
      }
    }
  }
}

// 4096 lengths are read at a time.
TEST_CASE("bins of thousands of lengths are those of the textbook", "[packing]") {
  Random random(102);
  for (const u64 capacity : {u64{2048}, u64{262144}, u64{262145}, u64{1} << 35}) {
    for (const Shape shape : {Shape::uniform, Shape::small, Shape::few, Shape::zeros}) {
      for (const std::size_t count : {4095, 4096, 4097, 6000}) {
        check_packing<i64>(test::lengths_of(shape, capacity, count, random), capacity,
                           test::kLayouts[count % test::kLayouts.size()], 5000);
      }
    }
  }
}

TEMPLATE_TEST_CASE("lengths of every type at every distance", "[packing]", i8, i16, i32, i64, u8,
                   u16, u32, u64) {
  Random random(103);
  const u64 most = static_cast<u64>(std::numeric_limits<TestType>::max());
  for (const test::Layout& layout : test::kLayouts) {
    for (const u64 capacity : {u64{50}, most}) {
      for (const Shape shape : test::kShapes) {
        check_packing<TestType>(test::lengths_of(shape, capacity, 300, random), capacity, layout,
                                100);
      }
    }
    // Bins with room for several of the longest.
    check_packing<TestType>(test::lengths_of(Shape::uniform, 100, 300, random), 1000, layout, 100);
  }
}

// Lengths well above 0, so that most bins can take none of those that come last.
TEST_CASE("lengths that begin high", "[packing]") {
  Random random(104);
  for (const u64 base : {u64{20}, u64{300}, u64{1} << 33}) {
    for (const u64 range : {u64{1}, u64{15}, u64{1000}, u64{65536}, u64{1} << 34}) {
      std::vector<u64> lengths(700);
      for (u64& length : lengths) length = base + random() % (range + 1);
      for (const u64 capacity : {base + range, 2 * base + range + 1, 7 * (base + range) - 3}) {
        check_packing<u64>(lengths, capacity, {}, 64);
      }
    }
  }
}

// Distinct bins with as much left as each other: of those the one that was opened first.
TEST_CASE("a tie goes to the bin opened first", "[packing]") {
  const std::vector<u64> lengths = {6, 7, 6, 7, 6, 3, 4, 3, 4, 4, 1, 1, 0};
  check_packing<u64>(lengths, 10, {}, ~u64{0});
  check_packing<u64>(lengths, 300000, {}, ~u64{0});
  check_packing<u64>({5, 5, 5, 2, 2, 2, 3, 3, 3}, 7, {}, 1);
  check_packing<u64>({262140, 262140, 3, 3, 2, 2, 1}, 262144, {}, 1);
  check_packing<u64>({262140, 262140, 3, 3, 2, 2, 1}, 262145, {}, 1);
}

// Above 2^18 lengths, where several calls sort; of a kind whose bins are plain.
TEST_CASE("bins of many lengths, by any number of threads and steps", "[packing]") {
  Random random(105);
  constexpr std::size_t kCount = (1 << 19) + 5;
  std::vector<u64> lengths(kCount);
  for (u64& length : lengths) length = random() % 8 + 1;
  const LaidOut<u64> laid_out(lengths);
  const auto survey = laid_out.survey();
  for (const PackingRule rule : test::kPackingRules) {
    // With room for all that is left, a bin is closed only where the textbook's is.
    const u64 capacity = u64{1} << 16;
    const auto expected = test::plain_packing(lengths, capacity, rule);
    for (const std::size_t threads : {1, 3}) {
      const test::ThreadCount active(threads);
      for (const u64 steps : {u64{5000}, ~u64{0}}) {
        const Bins bins = test::packed(laid_out.array(), survey, capacity, rule, steps);
        INFO(test::name_of(rule) << ", " << threads << " threads, " << steps << " steps");
        REQUIRE(test::first_different_bin(bins, expected) == test::kSameBins);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::packing
