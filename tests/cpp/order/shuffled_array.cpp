#include "fastsamplers/order/shuffled_array.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "oracle.hpp"
#include "order/shuffle_reference.hpp"
#include "sweep.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::order {
namespace {

constexpr u64 kAll = ~u64{0};
constexpr i64 kLeast = std::numeric_limits<i64>::min();
constexpr i64 kUntouched = -1234567;
// From so many indices on there are threads.
constexpr std::size_t kShared = std::size_t{1} << 18;

// Sizes of all three forms.
constexpr u64 kForms[] = {1, 3000, 4097, 1000003, (u64{1} << 31) + 7, u64{1} << 62};

struct Case {
  u64 n;
  std::size_t count;
  std::size_t threads;
  u64 steps;  // of each advance()
};

// Steps that do not divide the counts, some on either side of where threads begin.
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const u64 n : kForms) {
    for (const std::size_t count : {0, 1, 2, 513, 5000}) {
      for (const u64 steps : {u64{0}, u64{1}, u64{7}, u64{999}, u64{count}, kAll}) {
        if (count > 1000 && steps < 2) continue;
        all.push_back({n, count, 2, steps});
      }
    }
  }
  for (const std::size_t threads : test::sweep<std::size_t>({1, 2, 3, 4})) {
    for (const std::size_t count :
         test::sweep<std::size_t>({kShared - 1, kShared, kShared + 1, 2 * kShared + 3})) {
      const u64 n = kForms[1 + (threads + count) % 5];
      all.push_back({n, count, threads, kAll});
      all.push_back({n, count, threads, kShared - 77});
      all.push_back({n, count, threads, kShared + 1});
    }
  }
  return all;
}

std::vector<i64> random_indices(u64 n, std::size_t count, std::mt19937& random) {
  std::vector<i64> indices(count);
  for (i64& index : indices) index = static_cast<i64>(test::two_words(random) % n);
  return indices;
}

// Advances to the end, which comes when it must: after each step the part behind it is untouched.
template <class Array>
void run(Array& array, const Case& what, const std::vector<i64>& out,
         const std::vector<i64>& before) {
  const u64 steps = std::max<u64>(1, what.steps);
  const u64 calls = std::max<u64>(1, (what.count - (what.count > 0 ? 1 : 0)) / steps + 1);
  for (u64 call = 1; call < calls; ++call) {
    REQUIRE_FALSE(array.advance(what.steps));
    REQUIRE(out[call * steps] == before[call * steps]);
    REQUIRE(out.back() == before.back());
  }
  REQUIRE(array.advance(what.steps));
  REQUIRE(array.advance(what.steps));
}

std::string text_of(const Case& what) {
  return "n " + std::to_string(what.n) + ", count " + std::to_string(what.count) + ", threads " +
         std::to_string(what.threads) + ", steps " + std::to_string(what.steps);
}

TEST_CASE("given places become their values, given values their places", "[order][index_shuffle]") {
  std::mt19937 random(701);
  for (const Case& what : cases()) {
    INFO(text_of(what));
    const test::ThreadCount active(what.threads);
    const IndexShuffle shuffle(what.n, 5, what.count);
    const test::ReferenceShuffle reference(what.n, 5, what.count);
    const std::vector<i64> places = random_indices(what.n, what.count, random);
    std::vector<i64> values;
    for (const i64 place : places) values.push_back(reference.value_at(static_cast<u64>(place)));
    std::vector<i64> indices = places;  // every third counts from the end
    for (std::size_t k = 0; k < indices.size(); k += 3) indices[k] -= static_cast<i64>(what.n);

    std::vector<i64> out = indices;
    ShuffledPlaces forward(shuffle, out);
    run(forward, what, out, indices);
    REQUIRE(test::first_difference(out, values) == test::kSame);
    PlacesOfValues backward(shuffle, out);
    run(backward, what, out, values);
    REQUIRE(test::first_difference(out, places) == test::kSame);
  }
}

void check_range(const IndexShuffle& shuffle, const test::ReferenceShuffle& reference,
                 const Case& what, u64 first, u64 step) {
  INFO(text_of(what) << ", first " << first << ", step " << static_cast<i64>(step));
  std::vector<i64> expected;
  for (u64 k = 0; k < what.count; ++k) expected.push_back(reference.value_at(first + k * step));
  std::vector<i64> out(what.count, kUntouched);
  ShuffledRange range(shuffle, static_cast<i64>(first), static_cast<i64>(step), out);
  run(range, what, out, std::vector<i64>(what.count, kUntouched));
  REQUIRE(test::first_difference(out, expected) == test::kSame);
}

TEST_CASE("ranges become their values", "[order][index_shuffle]") {
  std::mt19937 random(702);
  for (const Case& what : cases()) {
    const test::ThreadCount active(what.threads);
    const IndexShuffle shuffle(what.n, 6, what.count);
    const test::ReferenceShuffle reference(what.n, 6, what.count);
    // As long as there is room for, which is 0 where the range is longer than the shuffle.
    const u64 gaps = what.count < 2 ? 1 : what.count - 1;
    const u64 most = (what.n - 1) / gaps;
    const u64 distance = what.count < 2 ? 0 : gaps * most;
    const u64 first = test::two_words(random) % (what.n - distance);
    check_range(shuffle, reference, what, first, most);
    check_range(shuffle, reference, what, first + distance, u64{0} - most);
    if (what.count > kShared) continue;
    check_range(shuffle, reference, what, first, 0);
    if (most > 1) check_range(shuffle, reference, what, first + distance, ~u64{0});
  }
}

TEST_CASE("a range of one place has any step that int64 has", "[order][index_shuffle]") {
  for (const u64 n : kForms) {
    const IndexShuffle shuffle(n, 1);
    const auto last = static_cast<i64>(n - 1);
    for (const i64 step : {kLeast, -static_cast<i64>(n), i64{-1}, i64{0}, static_cast<i64>(n)}) {
      i64 out = kUntouched;
      ShuffledRange range(shuffle, last, step, {&out, 1});
      CHECK(range.advance(kAll));
      CHECK(out == shuffle.value_at(last));
    }
  }
}

TEST_CASE("a range that is complete has nothing left to do", "[order][index_shuffle]") {
  const IndexShuffle shuffle(10, 1);
  i64 out = kUntouched;
  ShuffledRange range(shuffle, 1, std::numeric_limits<i64>::max(), {&out, 1});
  CHECK(range.advance(5));
  CHECK(range.advance(5));
  CHECK(out == shuffle.value_at(1));
}

}  // namespace
}  // namespace fastsamplers::order
