// Dispatch, page buffers and the memory check.

#include <catch2/catch.hpp>
#include <cstdint>
#include <utility>

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/page_buffer.hpp"
#include "sweep.hpp"

using namespace fastsamplers;

TEST_CASE("a kernel without a variant uses the next lower one") {
  using Function = int (*)();
  const Variants<Function> all{"x", {+[] { return 0; }, +[] { return 1; }, +[] { return 2; }}};
  const Variants<Function> some{"y", {+[] { return 0; }, +[] { return 1; }, nullptr}};
  const Variants<Function> none{"z", {+[] { return 0; }, nullptr, nullptr}};
  REQUIRE(all.at(Isa::avx512)() == 2);
  REQUIRE(all.at(Isa::scalar)() == 0);
  REQUIRE(some.at(Isa::avx512)() == 1);
  REQUIRE(some.level(Isa::avx512) == Isa::avx2);
  REQUIRE(none.at(Isa::avx2)() == 0);
}

TEST_CASE("levels are put in use by name, and bad names change nothing") {
  const Isa before = active_isa();
  for (const Isa isa : test::levels()) {
    const test::UseLevel use(isa);
    REQUIRE(active_isa() == isa);
  }
  REQUIRE(active_isa() == before);
  REQUIRE_THROWS_WITH(set_active_isa("sse9"), Catch::Contains("FASTSAMPLERS_ISA=sse9"));
  REQUIRE(active_isa() == before);
}

TEST_CASE("a page buffer is zero, aligned, and moves") {
  for (const std::size_t bytes :
       {std::size_t{0}, std::size_t{8}, std::size_t{4096}, (std::size_t{2} << 20) - 8,
        std::size_t{2} << 20, (std::size_t{5} << 20) + 24}) {
    PageBuffer buffer(bytes);
    REQUIRE(buffer.bytes() == bytes);
    const auto words = buffer.as<u64>();
    for (const u64 word : words) REQUIRE(word == 0);
    if (bytes >= std::size_t{2} << 20) {
      REQUIRE(reinterpret_cast<std::uintptr_t>(words.data()) % (std::size_t{2} << 20) == 0);
    }
    for (u64& word : words) word = 7;
    PageBuffer moved = std::move(buffer);
    PageBuffer assigned(64);
    assigned = std::move(moved);
    REQUIRE(assigned.bytes() == bytes);
    for (const u64 word : assigned.as<u64>()) REQUIRE(word == 7);
  }
}

TEST_CASE("a request beyond memory says what, how much and what helps") {
  REQUIRE_NOTHROW(require_memory(1, "one byte", "nothing"));
  REQUIRE_NOTHROW(require_memory(u64{64} << 20, "64 MiB", "nothing"));
  REQUIRE_THROWS_AS(require_memory(u64{1} << 60, "x", "y"), std::bad_alloc);
  REQUIRE_THROWS_WITH(require_memory(u64{1} << 60, "the plan", "a smaller plan helps"),
                      Catch::StartsWith("the plan needs 1152921504606846976 bytes, but only ") &&
                          Catch::EndsWith(" are available; a smaller plan helps"));
  REQUIRE(available_memory() > u64{1} << 20);
}
