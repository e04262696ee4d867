#include "fastsamplers/packing/open_bins.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

namespace fastsamplers::packing {
namespace {

using Random = std::mt19937_64;

TEST_CASE("the bin opened first is the first to be taken", "[packing][open_bins]") {
  Random random(61);
  for (int round = 0; round < 300; ++round) {
    BinSet set;
    std::set<u32> expected;
    const u32 early = random() % 6;
    const bool is_rising = round % 2 == 0;
    u32 bin = 0;
    // Some bins come before any is taken, the others in between.
    for (u32 step = 0; step < 60; ++step) {
      if (step < early || random() % 2 == 0) {
        bin = is_rising && step < early ? bin + 1 + random() % 5 : random() % 100000;
        if (!expected.insert(bin).second) continue;
        set.add(bin);
      } else if (!expected.empty()) {
        REQUIRE_FALSE(set.is_empty());
        REQUIRE(set.take_first() == *expected.begin());
        expected.erase(expected.begin());
      }
      REQUIRE(set.is_empty() == expected.empty());
    }
  }
}

// Bins by what is left, then by number.
class PlainBins {
 public:
  void add(u32 bin, u64 remaining) { bins_[remaining].insert(bin); }
  // The least remaining capacity that is enough, if there is one.
  bool best_fit(u64 length, u64& remaining) const {
    const auto found = bins_.lower_bound(length);
    if (found == bins_.end()) return false;
    remaining = found->first;
    return true;
  }
  u32 take_first(u64 remaining) {
    auto& set = bins_[remaining];
    const u32 bin = *set.begin();
    set.erase(set.begin());
    if (set.empty()) bins_.erase(remaining);
    return bin;
  }

 private:
  std::map<u64, std::set<u32>> bins_;
};

// What is left lies anywhere, close together, or at the two ends.
u64 some_capacity(Random& random, u64 capacity) {
  const u64 any = capacity == ~u64{0} ? random() : random() % (capacity + 1);
  switch (random() % 5) {
    case 0: return any;
    case 1: return std::min(capacity, any / 64 * 64 + random() % 2);
    case 2: return random() % 3 == 0 ? 0 : capacity;
    case 3: return std::min(capacity, capacity / 2 + random() % 4);
    default: return std::min(capacity, any % 130);
  }
}

void check_walk(u64 capacity, Random& random, u64 bins) {
  OpenBins open(capacity);
  PlainBins expected;
  u32 next = 0;
  for (int step = 0; step < 600; ++step) {
    if (random() % 2 == 0 && next < bins) {
      const u64 left = some_capacity(random, capacity);
      open.add(next, left);
      expected.add(next++, left);
      continue;
    }
    const u64 length = some_capacity(random, capacity);
    u64 remaining = 0;
    u64 wanted = 0;
    BinSet* const set = open.best_fit(length, remaining);
    INFO("step " << step << ", length " << length);
    REQUIRE((set != nullptr) == expected.best_fit(length, wanted));
    if (set == nullptr) continue;
    REQUIRE(remaining == wanted);
    const u32 bin = expected.take_first(remaining);
    REQUIRE(set->take_first() == bin);
    open.settle(remaining);
    // It comes back with less, if at all.
    if (random() % 3 != 0) {
      const u64 left = remaining - std::min(remaining, length);
      open.add(bin, left);
      expected.add(bin, left);
    }
  }
}

// Words of the bitmap end at 64, of the one above at 4096, of the next at 262144, where lists end.
TEST_CASE("the best-fitting bins of any capacity are the plain ones", "[packing][open_bins]") {
  Random random(62);
  for (const u64 capacity : {u64{0},
                             u64{1},
                             u64{2},
                             u64{62},
                             u64{63},
                             u64{64},
                             u64{65},
                             u64{127},
                             u64{128},
                             u64{4094},
                             u64{4095},
                             u64{4096},
                             u64{4097},
                             u64{10000},
                             u64{262143},
                             u64{262144},
                             u64{262145},
                             u64{1} << 32,
                             (u64{1} << 40) + 1,
                             ~u64{0}}) {
    for (const u64 bins : {3, 20, 500}) {
      INFO("capacity " << capacity << ", " << bins << " bins");
      check_walk(capacity, random, bins);
    }
  }
}

TEST_CASE("each capacity is found from each length below it, and from none above",
          "[packing][open_bins]") {
  for (const u64 capacity : {u64{300}, u64{4200}}) {
    for (u64 left = 0; left <= capacity; left += left < 200 ? 1 : 61) {
      OpenBins open(capacity);
      open.add(7, left);
      u64 wrong = 0;
      for (u64 length = 0; length <= capacity; ++length) {
        u64 remaining = 0;
        BinSet* const set = open.best_fit(length, remaining);
        wrong += length <= left ? (set == nullptr || remaining != left) : set != nullptr;
      }
      INFO(left << " left of " << capacity);
      REQUIRE(wrong == 0);
    }
  }
}

TEST_CASE("a length above the capacity has no bin", "[packing][open_bins]") {
  for (const u64 capacity : {u64{5}, u64{64}, u64{300000}}) {
    OpenBins open(capacity);
    open.add(0, capacity);
    u64 remaining = 0;
    CHECK(open.best_fit(capacity, remaining) != nullptr);
    CHECK(open.best_fit(capacity + 1, remaining) == nullptr);
    CHECK(open.best_fit(~u64{0}, remaining) == nullptr);
  }
}

}  // namespace
}  // namespace fastsamplers::packing
