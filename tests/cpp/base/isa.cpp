#include "fastsamplers/base/isa.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "isa_levels.hpp"

namespace fastsamplers {
namespace {

using Function = int (*)();
template <int Level>
int at_level() {
  return Level;
}
constexpr std::array<Function, 3> kFunctions = {at_level<0>, at_level<1>, at_level<2>};

// Of every architecture, and those of this one.
const std::vector<std::string> kKnown = {"scalar", "avx2", "avx512", "neon"};
#if FASTSAMPLERS_X86
const std::vector<std::string> kLevels = {"scalar", "avx2", "avx512"};
#elif FASTSAMPLERS_NEON
const std::vector<std::string> kLevels = {"scalar", "neon"};
#else
const std::vector<std::string> kLevels = {"scalar"};
#endif

bool is_supported(const std::string& name) {
  const std::vector<Isa> levels = test::supported_levels();
  return std::any_of(levels.begin(), levels.end(),
                     [&](Isa isa) { return test::name_of(isa) == name; });
}

TEST_CASE("a kernel without a variant for a level uses the next lower one", "[base][isa]") {
  // Bit i of `columns` is level i; scalar is always there.
  for (u32 columns = 1; columns < u32{1} << kIsaCount; columns += 2) {
    Variants<Function> variants{"some", {}};
    for (std::size_t i = 0; i < kIsaCount; ++i) {
      if ((columns >> i) & 1U) variants.functions[i] = kFunctions[i];
    }
    for (std::size_t i = 0; i < kIsaCount; ++i) {
      const int expected = std::bit_width(columns & ((u32{2} << i) - 1)) - 1;
      INFO("columns " << columns << " at " << test::name_of(static_cast<Isa>(i)));
      CHECK(static_cast<int>(variants.level(static_cast<Isa>(i))) == expected);
      CHECK(variants.at(static_cast<Isa>(i))() == expected);
    }
  }
}

TEST_CASE("the active level is the one that was set", "[base][isa]") {
  Variants<Function> variants{"all", {}};
  std::copy_n(kFunctions.begin(), kIsaCount, variants.functions.begin());
  const Isa before = active_isa();
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    CHECK(active_isa() == isa);
    CHECK(variants.active()() == static_cast<int>(isa));
  }
  CHECK(active_isa() == before);
}

TEST_CASE("levels have the names that the environment variable takes", "[base][isa]") {
  REQUIRE(kLevels.size() == kIsaCount);
  for (std::size_t i = 0; i < kIsaCount; ++i) {
    CHECK(isa_name(static_cast<Isa>(i)) == kLevels[i]);
  }
}

TEST_CASE("an unknown level is refused and the active one stays", "[base][isa]") {
  const Isa before = active_isa();
  for (const std::string name : {"sse9", "", "AVX2", "avx2 ", "avx", "NEON"}) {
    CHECK_THROWS_MATCHES(
        set_active_isa(name), std::invalid_argument,
        Catch::Message("FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, neon, but got "
                       "FASTSAMPLERS_ISA=" +
                       name));
    CHECK(active_isa() == before);
  }
}

TEST_CASE("a level that the processor lacks is refused and the active one stays", "[base][isa]") {
  const Isa before = active_isa();
  for (const std::string& name : kKnown) {
    if (is_supported(name)) continue;
    CHECK_THROWS_MATCHES(set_active_isa(name), std::invalid_argument,
                         Catch::Message("FASTSAMPLERS_ISA=" + name +
                                        " is not among the levels of this processor, up to " +
                                        test::name_of(supported_isa())));
    CHECK(active_isa() == before);
  }
}

// ctest runs it in a process of its own for each value of the variable.
TEST_CASE("the environment variable decides the first level", "[.environment]") {
  const char* const variable = std::getenv("FASTSAMPLERS_ISA");
  REQUIRE(variable != nullptr);
  const std::string forced = variable;
  if (is_supported(forced)) {
    CHECK(isa_name(active_isa()) == forced);
  } else if (std::find(kKnown.begin(), kKnown.end(), forced) != kKnown.end()) {
    CHECK_THROWS_WITH(active_isa(), Catch::Contains("not among the levels of this processor"));
  } else {
    CHECK_THROWS_MATCHES(
        active_isa(), std::invalid_argument,
        Catch::Message("FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, neon, but got "
                       "FASTSAMPLERS_ISA=" +
                       forced));
  }
}

}  // namespace
}  // namespace fastsamplers
