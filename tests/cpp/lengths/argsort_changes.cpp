// Values that somebody changes while they are sorted: the result is no permutation then, but
// nothing outside it is written, and it holds nothing that is no index.

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "lengths/argsort_case.hpp"
#include "lengths/length_arrays.hpp"
#include "sweep.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::lengths {
namespace {

using test::GuardedOrder;
using test::LaidOut;
using test::Random;
using test::Spread;

template <class T>
using Change = std::function<T(Random&, std::size_t place)>;

template <class T>
std::vector<Change<T>> changes() {
  using Limits = std::numeric_limits<T>;
  return {[](Random&, std::size_t) { return Limits::min(); },
          [](Random&, std::size_t) { return Limits::max(); },
          [](Random&, std::size_t) { return T{0}; },
          [](Random& random, std::size_t) { return static_cast<T>(random()); },
          [](Random& random, std::size_t place) {
            return place % 100 == 0 ? static_cast<T>(random()) : static_cast<T>(place);
          }};
}

// What the pairs of a sort would hold, had nobody written them.
void leave_rubbish(std::size_t count) { PageVector<u64> rubbish(4 * count, ~u64{0}); }

template <class Out, class T>
void check_change(std::size_t count, u64 range, u64 calls_before, const Change<T>& change,
                  bool descending) {
  Random random(range + calls_before);
  LaidOut<T> values(test::spanning<T>(random, count, range, Spread::any));
  const LengthSurvey survey = values.survey();
  leave_rubbish(count);
  GuardedOrder<Out> order(count);
  BucketArgsort<Out> argsort(values.array(), survey, descending, order.span());
  bool is_done = false;
  for (u64 call = 0; call < calls_before && !is_done; ++call) is_done = argsort.advance(~u64{0});
  for (std::size_t place = 0; place < count; ++place) values.set(place, change(random, place));
  while (!is_done) is_done = argsort.advance(~u64{0});
  u64 wrong = 0;
  for (const Out index : order.span()) {
    const bool is_index = index >= 0 && static_cast<u64>(index) < count;
    wrong += is_index || index == GuardedOrder<Out>::kUntouched ? 0 : 1;
  }
  REQUIRE(wrong == 0);
  REQUIRE(order.is_guarded());
}

template <class T>
void check_changes(std::size_t count) {
  for (const u64 range :
       {u64{0}, u64{300}, u64{65535}, u64{65536}, u64{1} << 31, u64{1} << 40, u64{1} << 62}) {
    if (range > static_cast<u64>(std::numeric_limits<T>::max())) continue;
    for (u64 calls = 0; calls < 4; ++calls) {
      std::size_t number = 0;
      for (const Change<T>& change : changes<T>()) {
        INFO(count << " values of range " << range << ", change " << number << " after " << calls
                   << " calls");
        const bool descending = (calls + number++) % 2 == 0;
        check_change<u32, T>(count, range, calls, change, descending);
        check_change<i64, T>(count, range, calls, change, !descending);
      }
    }
  }
}

TEMPLATE_TEST_CASE("values that change leave indices and nothing else", "[lengths][argsort]", i8,
                   i16, i32, i64, u16, u64) {
  check_changes<TestType>(50);
  check_changes<TestType>(5000);
}

// Enough for indices to be collected and written by the line.
TEST_CASE("values that change while lines are written", "[lengths][argsort]") {
  const test::ThreadCount active(1);
  for (const u64 range : {u64{2047}, u64{3000}}) {
    for (const Change<i32>& change : changes<i32>()) {
      check_change<u32, i32>(100001, range, 1, change, true);
      check_change<i64, i32>(100001, range, 1, change, false);
    }
  }
}

TEST_CASE("values that change while several threads sort", "[lengths][argsort]") {
  const test::ThreadCount active(3);
  constexpr std::size_t kCount = (1 << 19) + 1;
  for (const u64 range : test::sweep({u64{65536}, u64{1} << 40, u64{4095}, u64{65535}})) {
    for (u64 calls = 1; calls < 4; ++calls) {
      for (const Change<i64>& change : {changes<i64>()[0], changes<i64>()[3]}) {
        check_change<u32, i64>(kCount, range, calls, change, calls % 2 == 0);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::lengths
