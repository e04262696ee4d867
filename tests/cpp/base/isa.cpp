#include "fastsamplers/base/isa.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "isa_levels.hpp"

namespace fastsamplers {
namespace {

using Function = int (*)();
int plain() { return 0; }
int wide() { return 1; }
int widest() { return 2; }

TEST_CASE("a kernel without a variant for a level uses the next lower one", "[base][isa]") {
  struct Row {
    Variants<Function> variants;
    std::array<Isa, kIsaCount> levels;
  };
  const std::array<Row, 4> rows = {{
      {{"none", {plain, nullptr, nullptr}}, {Isa::scalar, Isa::scalar, Isa::scalar}},
      {{"avx2", {plain, wide, nullptr}}, {Isa::scalar, Isa::avx2, Isa::avx2}},
      {{"avx512", {plain, nullptr, widest}}, {Isa::scalar, Isa::scalar, Isa::avx512}},
      {{"both", {plain, wide, widest}}, {Isa::scalar, Isa::avx2, Isa::avx512}},
  }};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kIsaCount; ++i) {
      INFO(row.variants.name << " at " << test::name_of(static_cast<Isa>(i)));
      CHECK(row.variants.level(static_cast<Isa>(i)) == row.levels[i]);
      CHECK(row.variants.at(static_cast<Isa>(i))() == static_cast<int>(row.levels[i]));
    }
  }
}

TEST_CASE("the active level is the one that was set", "[base][isa]") {
  const Variants<Function> variants{"both", {plain, wide, widest}};
  const Isa before = active_isa();
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    CHECK(active_isa() == isa);
    CHECK(variants.active()() == static_cast<int>(isa));
  }
  CHECK(active_isa() == before);
}

TEST_CASE("levels have the names that the environment variable takes", "[base][isa]") {
  CHECK(isa_name(Isa::scalar) == "scalar");
  CHECK(isa_name(Isa::avx2) == "avx2");
  CHECK(isa_name(Isa::avx512) == "avx512");
}

TEST_CASE("an unknown level is refused and the active one stays", "[base][isa]") {
  const Isa before = active_isa();
  for (const std::string name : {"sse9", "", "AVX2", "avx2 ", "avx"}) {
    CHECK_THROWS_MATCHES(
        set_active_isa(name), std::invalid_argument,
        Catch::Message("FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, but got "
                       "FASTSAMPLERS_ISA=" +
                       name));
    CHECK(active_isa() == before);
  }
}

TEST_CASE("a level above the processor's is refused and the active one stays", "[base][isa]") {
  const Isa before = active_isa();
  for (std::size_t i = static_cast<std::size_t>(supported_isa()) + 1; i < kIsaCount; ++i) {
    const std::string name = test::name_of(static_cast<Isa>(i));
    CHECK_THROWS_MATCHES(
        set_active_isa(name), std::invalid_argument,
        Catch::Message("FASTSAMPLERS_ISA=" + name + " is above what this processor supports, " +
                       test::name_of(supported_isa())));
    CHECK(active_isa() == before);
  }
}

// ctest runs it in a process of its own for each value of the variable.
TEST_CASE("the environment variable decides the first level", "[.environment]") {
  const char* const forced = std::getenv("FASTSAMPLERS_ISA");
  REQUIRE(forced != nullptr);
  for (std::size_t i = 0; i < kIsaCount; ++i) {
    const auto isa = static_cast<Isa>(i);
    if (isa_name(isa) != forced) continue;
    if (isa <= supported_isa()) {
      CHECK(active_isa() == isa);
    } else {
      CHECK_THROWS_WITH(active_isa(), Catch::Contains("above what this processor supports"));
    }
    return;
  }
  CHECK_THROWS_MATCHES(
      active_isa(), std::invalid_argument,
      Catch::Message("FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, but got "
                     "FASTSAMPLERS_ISA=" +
                     std::string(forced)));
}

}  // namespace
}  // namespace fastsamplers
