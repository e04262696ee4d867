#include "fastsamplers/lengths/window_sorter.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>
#include <vector>

#include "lengths/length_arrays.hpp"
#include "oracle.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::lengths {
namespace {

using test::LaidOut;
using test::Random;
using test::Spread;

// Sizes around those from which digits are sorted, and of a digit.
constexpr std::size_t kWindows[] = {4096, 0, 1, 2, 3, 46, 47, 48, 49, 50, 255, 256, 257, 1000, 48};

template <class T>
void check_windows(const std::vector<T>& values, const LaidOut<T>& laid_out, const KeyRule& rule,
                   Random& random) {
  WindowSorter sorter(laid_out.array(), rule, 4096);
  for (const std::size_t count : kWindows) {
    std::vector<u32> window(count);
    for (u32& index : window) index = static_cast<u32>(random() % values.size());
    std::vector<u32> expected = window;
    test::sort_by_value(values, expected, rule.descending);
    sorter.sort(window);
    INFO(count << " indices");
    REQUIRE(test::first_difference(window, expected) == test::kSame);
  }
}

TEMPLATE_TEST_CASE("windows of every type, range, size and distance", "[lengths][windows]", i8, i16,
                   i32, i64, u8, u16, u32, u64) {
  Random random(51);
  std::size_t round = 0;
  for (const u64 range : test::ranges_of<TestType>()) {
    for (const Spread spread : {Spread::any, Spread::few}) {
      const test::Layout layout = test::kLayouts[round++ % test::kLayouts.size()];
      const std::vector<TestType> values = test::spanning<TestType>(random, 3000, range, spread);
      const LaidOut<TestType> laid_out(values, layout);
      const LengthSurvey survey = laid_out.survey();
      INFO("range " << range << ", " << layout.elements << " elements and " << layout.bytes
                    << " bytes apart");
      check_windows(values, laid_out, survey.ascending(), random);
      check_windows(values, laid_out, survey.descending(), random);
    }
  }
}

// The keys of a window may lie anywhere in the range, and close to each other.
TEST_CASE("windows that span a part of the range", "[lengths][windows]") {
  Random random(52);
  for (const u64 span :
       {u64{0}, u64{1}, u64{254}, u64{255}, u64{256}, u64{65535}, u64{65536}, u64{1} << 24}) {
    std::vector<u32> values(3000);
    const u32 base = static_cast<u32>(random() % 0xf0000000);
    for (u32& value : values) value = base + static_cast<u32>(random() % (span + 1));
    values.push_back(0);
    values.push_back(0xffffffff);
    const LaidOut<u32> laid_out(values);
    for (const KeyRule& rule : {laid_out.survey().ascending(), laid_out.survey().descending()}) {
      WindowSorter sorter(laid_out.array(), rule, 3000);
      for (const std::size_t count : {48, 300, 3000}) {
        std::vector<u32> window = test::plain_argsort(values, true);
        window.erase(std::find(window.begin(), window.end(), 3000));
        window.erase(std::find(window.begin(), window.end(), 3001));
        std::shuffle(window.begin(), window.end(), random);
        window.resize(count);
        std::vector<u32> expected = window;
        test::sort_by_value(values, expected, rule.descending);
        sorter.sort(window);
        INFO(count << " values that span " << span);
        REQUIRE(test::first_difference(window, expected) == test::kSame);
      }
    }
  }
}

TEST_CASE("values that change leave the indices of a window", "[lengths][windows]") {
  Random random(53);
  for (const u64 range : {u64{10}, u64{70000}, u64{1} << 40}) {
    std::vector<i64> values = test::spanning<i64>(random, 500, range, Spread::any);
    LaidOut<i64> laid_out(values);
    const KeyRule rule = laid_out.survey().ascending();
    WindowSorter sorter(laid_out.array(), rule, 500);
    for (std::size_t place = 0; place < 500; place += 2) {
      laid_out.set(place, static_cast<i64>(random()));
    }
    for (const std::size_t count : {40, 500}) {
      std::vector<u32> window(count);
      std::iota(window.begin(), window.end(), 0);
      sorter.sort(window);
      std::sort(window.begin(), window.end());
      for (u32 place = 0; place < count; ++place) CHECK(window[place] == place);
    }
  }
}

TEST_CASE("there is a sorter for each thread that can have a window", "[lengths][windows]") {
  const std::vector<u8> values(10);
  const LaidOut<u8> laid_out(values);
  const KeyRule rule = laid_out.survey().ascending();
  const auto sorters = [&](u64 window, u64 count) {
    return window_sorters(laid_out.array(), rule, window, count).size();
  };
  const test::ThreadCount active(3);
  CHECK(sorters(10, 0) == 1);
  CHECK(sorters(10, 65535) == 1);
  CHECK(sorters(10, 65536) == 3);
  CHECK(sorters(65535, 65536) == 2);
  CHECK(sorters(65536, 65536) == 1);
  CHECK(sorters(~u64{0}, 65536) == 1);
}

TEST_CASE("each window is sorted once", "[lengths][windows]") {
  const std::vector<u8> values(10);
  const LaidOut<u8> laid_out(values);
  const test::ThreadCount active(3);
  auto sorters = window_sorters(laid_out.array(), laid_out.survey().ascending(), 10, 100000);
  for (const u64 end : {7, 8, 9, 500}) {
    std::mutex mutex;
    std::vector<u64> seen;
    for_windows(sorters, 7, end, [&](WindowSorter& sorter, u64 window) {
      const std::scoped_lock lock(mutex);
      CHECK(&sorter >= sorters.data());
      seen.push_back(window);
    });
    std::sort(seen.begin(), seen.end());
    std::vector<u64> expected(end - 7);
    std::iota(expected.begin(), expected.end(), 7);
    CHECK(seen == expected);
  }
}

}  // namespace
}  // namespace fastsamplers::lengths
