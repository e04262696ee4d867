#include "fastsamplers/base/memory.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <new>
#include <string>

#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#endif

namespace fastsamplers {
namespace {

constexpr u64 kMost = std::numeric_limits<u64>::max();

TEST_CASE("a request below 64 MiB or within what is free passes", "[base][memory]") {
  CHECK_NOTHROW(require_memory(0, "nothing", "x"));
  CHECK_NOTHROW(require_memory((u64{64} << 20) - 1, "little", "x"));
  CHECK(available_memory() > 0);
}

#if defined(__linux__)

TEST_CASE("a request that cannot fit is refused with what, how much and what helps",
          "[base][memory]") {
  for (const u64 bytes : {kMost, u64{1} << 60}) {
    std::string text;
    try {
      require_memory(bytes, "a permutation of n=5 indices", "drawing less needs less");
      FAIL("not refused");
    } catch (const MemoryLimitError& error) {
      text = error.what();
    }
    CHECK_THAT(text, Catch::StartsWith("a permutation of n=5 indices needs " +
                                       std::to_string(bytes) + " bytes, but only "));
    CHECK_THAT(text, Catch::EndsWith(" are available; drawing less needs less"));
  }
  CHECK_THROWS_AS(require_memory(kMost, "x", "y"), std::bad_alloc);
}

// The soft limit of the address space, put back at the end.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(u64 bytes_more) {
    getrlimit(RLIMIT_AS, &before_);
    std::ifstream file("/proc/self/statm");
    u64 pages = 0;
    file >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<u64>(sysconf(_SC_PAGESIZE)) + bytes_more;
    set_ = setrlimit(RLIMIT_AS, &limit) == 0;
  }
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

  bool set() const { return set_; }

 private:
  rlimit before_{};
  bool set_ = false;
};

TEST_CASE("the limit of the address space counts, less what is in use", "[base][memory]") {
  constexpr u64 kMore = u64{128} << 20;
  u64 available = 0;
  bool refused = false;
  {
    const AddressSpaceLimit limit(kMore);
    REQUIRE(limit.set());
    available = available_memory();
    try {
      require_memory(2 * kMore, "x", "y");
    } catch (const MemoryLimitError&) {
      refused = true;
    }
  }
  CHECK(available <= kMore);
  CHECK(available >= kMore / 2);
  CHECK(refused);
}

#endif

}  // namespace
}  // namespace fastsamplers
