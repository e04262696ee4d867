#include "fastsamplers/batch/plan_seed.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace fastsamplers::batch {
namespace {

// From SplitMix64 written down once more, in Python. A plan is a promise: where one of these has
// to change, kPlanVersion does, too.
TEST_CASE("seeds of shuffles are what they were", "[batch][plan_seed]") {
  CHECK(std::string(kPlanVersion) == "1");
  CHECK(plan_seed(0, Purpose::samples) == 0xd100827aa323c935);
  CHECK(plan_seed(0, Purpose::steps) == 0x7745ffb5617e4927);
  CHECK(plan_seed(0, Purpose::steps, 1) == 0x0d53f1b11ab06e0e);
  CHECK(plan_seed(0, Purpose::ranks, 5) == 0x23bced45e039333f);
  CHECK(plan_seed(42, Purpose::classes, 7) == 0x63b73d3d3e15a3f6);
  CHECK(plan_seed(~u64{0}, Purpose::bins) == 0x98e995ed9a220733);
  CHECK(plan_seed(u64{1} << 63, Purpose::classes, u64{1} << 32) == 0x900cc370a34a606c);
}

TEST_CASE("no shuffle of a plan has the seed of another", "[batch][plan_seed]") {
  std::set<u64> seen;
  for (u64 seed = 0; seed < 20; ++seed) {
    for (u64 purpose = 1; purpose <= 5; ++purpose) {
      for (u64 number = 0; number < 20; ++number) {
        CHECK(seen.insert(plan_seed(seed, static_cast<Purpose>(purpose), number)).second);
      }
    }
  }
}

}  // namespace
}  // namespace fastsamplers::batch
