#include "fastsamplers/order/owned_steps.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::order {
namespace {

constexpr u32 kGuard = 0xdeadbeefU;

template <class Target>
struct Range {
  Target low;
  Target size;
};

template <class Target>
using Function = std::size_t (*)(const Target*, std::size_t, u32, Target, Target, Target*, u32*);

// One function for each level; of 64 bits there is one only.
template <class Target>
struct Variant {
  std::string name;
  Function<Target> function;
};

template <class Target>
std::vector<Variant<Target>> variants() {
  std::vector<Variant<Target>> all;
  if constexpr (sizeof(Target) == 4) {
    for (const Isa isa : test::supported_levels()) {
      all.push_back({test::name_of(isa), kOwnedSteps.at(isa)});
    }
  } else {
    all.push_back({"64 bits", static_cast<Function<Target>>(owned_steps)});
  }
  return all;
}

// What is kept, what may be overwritten, and what must be left alone, in both outputs.
template <class Target>
void check(const std::vector<Target>& targets, u32 first_step, Range<Target> range) {
  std::vector<Target> kept_targets;
  std::vector<u32> kept_steps;
  for (std::size_t k = 0; k < targets.size(); ++k) {
    if (targets[k] < range.low || targets[k] - range.low >= range.size) continue;
    kept_targets.push_back(targets[k]);
    kept_steps.push_back(first_step + static_cast<u32>(k));
  }
  const std::size_t kept = kept_targets.size();
  for (const auto& [name, function] : variants<Target>()) {
    INFO(name << ": " << targets.size() << " targets, low " << range.low << ", size " << range.size
              << ", first step " << first_step << ", seen from place " << kept);
    std::vector<Target> out_targets(targets.size() + 3 * kOwnedPadding, kGuard);
    std::vector<u32> out_steps(out_targets.size(), kGuard);
    REQUIRE(function(targets.data(), targets.size(), first_step, range.low, range.size,
                     out_targets.data(), out_steps.data()) == kept);
    // The lists of one owner lie behind those of another: the padding begins where the kept end.
    for (std::size_t k = kept + kOwnedPadding; k < out_steps.size(); ++k) {
      if (out_targets[k] != kGuard || out_steps[k] != kGuard) FAIL("place " << k << " is written");
    }
    out_targets.resize(kept);
    out_steps.resize(kept);
    REQUIRE(test::first_difference(out_targets, kept_targets) == test::kSame);
    REQUIRE(test::first_difference(out_steps, kept_steps) == test::kSame);
  }
}

template <class Target>
std::vector<Range<Target>> ranges() {
  constexpr Target kMost = std::numeric_limits<Target>::max();
  constexpr Target kHalf = kMost / 2 + 1;
  std::vector<Range<Target>> all = {
      {0, 0},         {0, 1},          {0, 2},         {0, 1000},  {0, kHalf},
      {0, kMost},     {5, 0},          {5, 1},         {1000, 37}, {kHalf - 3, 3},
      {kHalf - 3, 6}, {kHalf, kHalf},  {1, kMost},     {kMost, 0}, {kMost, 1},
      {kMost - 9, 9}, {kMost - 9, 10}, {kHalf - 1, 1}, {kHalf, 1}, {kHalf - 1, kHalf + 1}};
  if constexpr (sizeof(Target) == 8) {
    const Target edge = u64{1} << 32;
    all.insert(all.end(), {{edge, 100}, {edge - 50, 100}, {0, edge}, {5, edge}, {3 * edge, 1}});
  }
  return all;
}

// Half of the targets stand at one of the range's ends.
template <class Target>
std::vector<Target> targets_near(Range<Target> range, std::size_t count, std::mt19937& random) {
  const auto low = range.low;
  const auto end = static_cast<Target>(range.low + range.size);
  const Target edges[] = {low, static_cast<Target>(low - 1),      static_cast<Target>(low + 1),
                          end, static_cast<Target>(end - 1),      static_cast<Target>(end + 1),
                          0,   std::numeric_limits<Target>::max()};
  std::vector<Target> targets(count);
  for (Target& target : targets) {
    const auto any = static_cast<Target>(test::two_words(random));
    const u32 choice = random() % 4;
    target = any;
    if (choice < 2) target = edges[random() % 8];
    if (choice == 2 && range.size > 0) target = static_cast<Target>(low + any % range.size);
  }
  return targets;
}

TEMPLATE_TEST_CASE("the steps of a range are kept in order", "[order][owned_steps]", u32, u64) {
  std::mt19937 random(211);
  for (const Range<TestType> range : ranges<TestType>()) {
    std::vector<std::size_t> counts = {63, 64, 65, 1000, 1023, 1024, 1025, 4096, 16384};
    for (std::size_t count = 0; count <= 40; ++count) counts.push_back(count);
    for (const std::size_t count : counts) {
      const u32 last = std::numeric_limits<u32>::max();
      for (const u32 first_step : {0U, 7U, 0x7ffffff0U, last - static_cast<u32>(count)}) {
        check(targets_near(range, count, random), first_step, range);
      }
    }
  }
}

TEMPLATE_TEST_CASE("every set of lanes is kept", "[order][owned_steps]", u32, u64) {
  // 2^16 sets of the widest register, each kept lane with a target of its own.
  for (u32 set = 0; set < 65536; set += set < 1024 ? 1 : 37) {
    std::vector<TestType> targets;
    for (u32 lane = 0; lane < 16; ++lane) {
      targets.push_back((set >> lane & 1U) != 0 ? 100 + lane : 50 + lane);
    }
    check(targets, 3, Range<TestType>{100, 16});
  }
}

TEMPLATE_TEST_CASE("random ranges cut random targets", "[order][owned_steps]", u32, u64) {
  std::mt19937 random(212);
  for (int round = 0; round < 2000; ++round) {
    const auto low = static_cast<TestType>(test::two_words(random) >> random() % 63);
    const auto most = static_cast<TestType>(std::numeric_limits<TestType>::max() - low);
    const auto any = static_cast<TestType>(test::two_words(random) >> random() % 63);
    const Range<TestType> range{low, any < most ? any : most};
    check(targets_near(range, random() % 100, random), random() % 1000, range);
  }
}

TEMPLATE_TEST_CASE("ranges side by side share the steps out", "[order][owned_steps]", u32, u64) {
  std::mt19937 random(213);
  std::vector<TestType> targets(5000);
  for (TestType& target : targets) target = random() % 10007;
  for (const auto& [name, function] : variants<TestType>()) {
    INFO(name);
    std::vector<TestType> out_targets(targets.size() + kOwnedPadding);
    std::vector<u32> out_steps(out_targets.size());
    std::vector<int> owners(targets.size(), 0);
    // Behind each other, as the lists of a block lie.
    std::size_t at = 0;
    for (TestType low = 0; low < 10007; low += 1111) {
      at +=
          function(targets.data(), targets.size(), 0, low, 1111, &out_targets[at], &out_steps[at]);
    }
    REQUIRE(at == targets.size());
    for (std::size_t k = 0; k < at; ++k) {
      ++owners[out_steps[k]];
      REQUIRE(out_targets[k] == targets[out_steps[k]]);
    }
    CHECK(owners == std::vector<int>(targets.size(), 1));
  }
}

}  // namespace
}  // namespace fastsamplers::order
