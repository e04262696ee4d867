#include "fastsamplers/packing/length_runs.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "lengths/length_arrays.hpp"

namespace fastsamplers::packing {
namespace {

using test::LaidOut;
using test::Random;
using test::Spread;

// Runs of equal lengths of the sorted list.
template <class T>
std::vector<LengthRun> plain_runs(const std::vector<T>& values, const std::vector<u32>& order) {
  std::vector<LengthRun> runs;
  for (const u32 index : order) {
    const auto length = static_cast<u64>(values[index]);
    if (runs.empty() || runs.back().length != length) runs.push_back({length, 0});
    ++runs.back().count;
  }
  return runs;
}

// Those next to each other with the same length count as one.
std::vector<LengthRun> all_runs(LengthRuns& runs) {
  std::vector<LengthRun> all;
  LengthRun run;
  while (runs.next(run)) {
    REQUIRE(run.count > 0);
    if (all.empty() || all.back().length != run.length) all.push_back({run.length, 0});
    all.back().count += run.count;
  }
  REQUIRE_FALSE(runs.next(run));
  return all;
}

TEMPLATE_TEST_CASE("runs are the histogram in sorted order", "[packing][length_runs]", i8, u16, i32,
                   i64, u64) {
  Random random(91);
  std::size_t round = 0;
  for (const std::size_t count : {0, 1, 2, 100, 4095, 4096, 4097, 10000}) {
    for (const u64 range : test::ranges_of<TestType>()) {
      const Spread spread = round % 2 == 0 ? Spread::few : Spread::any;
      const std::vector<TestType> values = test::spanning<TestType>(random, count, range, spread);
      const LaidOut<TestType> laid_out(values, test::kLayouts[round++ % test::kLayouts.size()]);
      for (const bool descending : {false, true}) {
        const auto survey = laid_out.survey();
        const auto rule = descending ? survey.descending() : survey.ascending();
        const std::vector<u32> order = test::plain_argsort(values, descending);
        LengthRuns runs(laid_out.array(), rule, order);
        const std::vector<LengthRun> got = all_runs(runs);
        const std::vector<LengthRun> expected = plain_runs(values, order);
        INFO(count << " values of range " << range << ", descending " << descending);
        REQUIRE(got.size() == expected.size());
        u64 wrong = 0;
        for (std::size_t k = 0; k < got.size(); ++k) {
          wrong += got[k].length != expected[k].length || got[k].count != expected[k].count;
        }
        REQUIRE(wrong == 0);
      }
    }
  }
}

// Packing relies on it: it takes runs until it has as many as there are lengths.
TEST_CASE("runs of lengths that changed have as many as there are, within the range",
          "[packing][length_runs]") {
  Random random(92);
  for (const u64 range : {u64{50}, u64{70000}, u64{1} << 40}) {
    const std::vector<i64> values = test::spanning<i64>(random, 5000, range, Spread::any);
    LaidOut<i64> laid_out(values);
    const auto survey = laid_out.survey();
    const std::vector<u32> order = test::plain_argsort(values, true);
    for (std::size_t place = 0; place < 5000; place += 3) {
      laid_out.set(place, static_cast<i64>(random()));
    }
    LengthRuns runs(laid_out.array(), survey.descending(), order);
    u64 total = 0;
    for (const LengthRun& run : all_runs(runs)) {
      total += run.count;
      REQUIRE(run.length - survey.least <= range);
    }
    CHECK(total == 5000);
  }
}

}  // namespace
}  // namespace fastsamplers::packing
