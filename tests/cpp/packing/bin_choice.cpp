#include "fastsamplers/packing/bin_choice.hpp"

#include <catch2/catch.hpp>

#include "packing/textbook.hpp"

namespace fastsamplers::packing {
namespace {

using test::PlainBin;
using test::Random;
using test::Shape;

std::unique_ptr<BinChoice> choice_of(PackingRule rule, u64 capacity, u64 least) {
  return rule == PackingRule::best_fit_decreasing ? best_fit_choice(capacity, least)
                                                  : first_fit_choice(capacity);
}

// Each of the sequences that are chosen for at once would have gone into that bin by itself.
void check_choices(PackingRule rule, u64 capacity, std::vector<u64> lengths) {
  std::sort(lengths.begin(), lengths.end(), std::greater<>());
  const auto choice = choice_of(rule, capacity, lengths.back());
  std::vector<PlainBin> bins;
  for (std::size_t k = 0; k < lengths.size();) {
    const u64 length = lengths[k];
    const auto end = std::find_if(lengths.begin() + static_cast<std::ptrdiff_t>(k), lengths.end(),
                                  [&](u64 other) { return other != length; });
    const u64 wanted = static_cast<u64>(end - lengths.begin()) - k;
    const BinChoice::Chosen chosen = choice->take(length, wanted);
    INFO(test::name_of(rule) << " of " << wanted << " at " << k << ", length " << length << " of "
                             << capacity);
    REQUIRE(chosen.count >= 1);
    REQUIRE(chosen.count <= wanted);
    for (u64 one = 0; one < chosen.count; ++one) {
      const std::size_t bin = test::plain_choice(bins, length, rule);
      if (bin == bins.size()) bins.push_back({capacity, {}});
      REQUIRE(bin == chosen.bin);
      bins[bin].left -= length;
    }
    // No more of them fit there, or none are left.
    REQUIRE((chosen.count == wanted || bins[chosen.bin].left < length));
    REQUIRE(choice->opened() == bins.size());
    k += chosen.count;
  }
}

TEST_CASE("a bin takes what the textbook would put there one by one", "[packing][bin_choice]") {
  Random random(81);
  for (const PackingRule rule :
       {PackingRule::best_fit_decreasing, PackingRule::first_fit_decreasing}) {
    for (const u64 capacity : {u64{0}, u64{1}, u64{2}, u64{3}, u64{10}, u64{63}, u64{64}, u64{100},
                               u64{1000}, u64{262144}, u64{262145}, u64{1} << 33, ~u64{0}}) {
      for (const Shape shape : test::kShapes) {
        for (const std::size_t count : {1, 2, 30, 400}) {
          check_choices(rule, capacity, test::lengths_of(shape, capacity, count, random));
        }
      }
    }
  }
}

TEST_CASE("what is wanted beyond a bin goes into the next", "[packing][bin_choice]") {
  for (const PackingRule rule :
       {PackingRule::best_fit_decreasing, PackingRule::first_fit_decreasing}) {
    const auto choice = choice_of(rule, 10, 0);
    BinChoice::Chosen chosen = choice->take(3, 7);
    CHECK((chosen.bin == 0 && chosen.count == 3));
    chosen = choice->take(3, 4);
    CHECK((chosen.bin == 1 && chosen.count == 3));
    chosen = choice->take(3, 1);
    CHECK((chosen.bin == 2 && chosen.count == 1));
    CHECK(choice->opened() == 3);
    // Zeros fit anywhere: the fullest bins are the first two.
    chosen = choice->take(0, 1000);
    CHECK((chosen.bin == 0 && chosen.count == 1000));
  }
}

}  // namespace
}  // namespace fastsamplers::packing
