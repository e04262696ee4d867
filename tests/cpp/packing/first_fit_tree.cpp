#include "fastsamplers/packing/first_fit_tree.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace fastsamplers::packing {
namespace {

using Random = std::mt19937_64;

u64 plain_first_fit(const std::vector<u64>& bins, u64 length) {
  for (u64 bin = 0; bin < bins.size(); ++bin) {
    if (bins[bin] >= length) return bin;
  }
  return FirstFitTree::kNone;
}

TEST_CASE("a tree without bins has none that fits", "[packing][first_fit]") {
  CHECK(FirstFitTree().first_fit(0) == FirstFitTree::kNone);
  CHECK(FirstFitTree().first_fit(5) == FirstFitTree::kNone);
}

// A new level at 9, 65, 513 and 4097 bins; each search after each change.
TEST_CASE("the first bin that has enough, at every size", "[packing][first_fit]") {
  Random random(71);
  for (const u64 most : {u64{2}, u64{1000}, ~u64{0}}) {
    FirstFitTree tree;
    std::vector<u64> bins;
    u64 wrong = 0;
    while (bins.size() < 4200) {
      bins.push_back(random() % most);
      tree.append(bins.back());
      const int changes = bins.size() % 64 < 3 || bins.size() > 4090 ? 20 : 3;
      for (int change = 0; change < changes; ++change) {
        const u64 length = random() % most;
        wrong += tree.first_fit(length) == plain_first_fit(bins, length) ? 0 : 1;
        const u64 bin = random() % bins.size();
        // Up as well as down, and to what it was.
        bins[bin] = change % 3 == 0 ? bins[bin] / 2 : random() % most;
        tree.set(bin, bins[bin]);
        wrong += tree.remaining(bin) == bins[bin] ? 0 : 1;
        wrong += tree.first_fit(bins[bin]) == plain_first_fit(bins, bins[bin]) ? 0 : 1;
      }
      wrong += tree.first_fit(most) == plain_first_fit(bins, most) ? 0 : 1;
    }
    INFO("up to " << most);
    CHECK(wrong == 0);
  }
}

// All the others have nothing left.
TEST_CASE("one bin is found wherever it stands", "[packing][first_fit]") {
  for (const u64 count : {1, 7, 8, 9, 63, 64, 65, 511, 512, 513, 600, 4096, 4097}) {
    FirstFitTree tree;
    for (u64 bin = 0; bin < count; ++bin) tree.append(0);
    u64 wrong = 0;
    for (u64 bin = 0; bin < count; ++bin) {
      tree.set(bin, 5);
      wrong += tree.first_fit(5) == bin && tree.first_fit(1) == bin ? 0 : 1;
      wrong += tree.first_fit(6) == FirstFitTree::kNone && tree.first_fit(0) == 0 ? 0 : 1;
      tree.set(bin, 0);
      wrong += tree.first_fit(1) == FirstFitTree::kNone ? 0 : 1;
    }
    INFO(count << " bins");
    CHECK(wrong == 0);
  }
}

}  // namespace
}  // namespace fastsamplers::packing
