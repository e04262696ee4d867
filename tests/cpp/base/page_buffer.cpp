#include "fastsamplers/base/page_buffer.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#endif

namespace fastsamplers {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

bool all_are(const PageBuffer& buffer, u8 value) {
  const std::span<u8> bytes = buffer.as<u8>();
  return std::all_of(bytes.begin(), bytes.end(), [=](u8 byte) { return byte == value; });
}

TEST_CASE("a buffer reads as zeros, is writable to its end and aligned", "[base][page_buffer]") {
  for (const std::size_t bytes :
       {std::size_t{1}, std::size_t{4}, std::size_t{4096}, kHugePage - 1, kHugePage, kHugePage + 1,
        kHugePage + 4096, 2 * kHugePage, 2 * kHugePage + 8}) {
    INFO(bytes << " bytes");
    const PageBuffer buffer(bytes);
    REQUIRE(buffer.bytes() == bytes);
    REQUIRE(buffer.as<u8>().size() == bytes);
    REQUIRE(buffer.as<u32>().size() == bytes / 4);
    REQUIRE(all_are(buffer, 0));
    std::ranges::fill(buffer.as<u8>(), u8{0xa5});
    REQUIRE(all_are(buffer, 0xa5));
    const auto address = reinterpret_cast<std::uintptr_t>(buffer.as<u8>().data());
    REQUIRE(address % (bytes >= kHugePage ? kHugePage : 64) == 0);
  }
}

TEST_CASE("memory that was given back reads as zeros again", "[base][page_buffer]") {
  for (const std::size_t bytes : {std::size_t{4096}, kHugePage}) {
    for (int round = 0; round < 8; ++round) {
      const PageBuffer buffer(bytes);
      REQUIRE(all_are(buffer, 0));
      std::ranges::fill(buffer.as<u8>(), u8{1});
    }
  }
}

TEST_CASE("an empty buffer has no bytes", "[base][page_buffer]") {
  CHECK(PageBuffer().bytes() == 0);
  CHECK(PageBuffer().as<u32>().empty());
  CHECK(PageBuffer(0).bytes() == 0);
  CHECK(PageBuffer(0).as<u32>().empty());
}

TEST_CASE("moving hands the memory over", "[base][page_buffer]") {
  for (const std::size_t bytes : {std::size_t{64}, 2 * kHugePage}) {
    PageBuffer first(bytes);
    u8* const data = first.as<u8>().data();
    std::ranges::fill(first.as<u8>(), u8{7});

    PageBuffer second(std::move(first));
    CHECK(second.as<u8>().data() == data);
    CHECK(first.bytes() == 0);  // NOLINT(bugprone-use-after-move): that is what is tested
    CHECK(first.as<u8>().empty());

    PageBuffer third(2 * kHugePage + 64);
    third = std::move(second);
    CHECK(third.as<u8>().data() == data);
    CHECK(third.bytes() == bytes);
    CHECK(all_are(third, 7));
    CHECK(second.bytes() == 0);  // NOLINT(bugprone-use-after-move)

    PageBuffer& itself = third;
    third = std::move(itself);
    CHECK(third.bytes() == bytes);
    CHECK(all_are(third, 7));

    third = PageBuffer();
    CHECK(third.bytes() == 0);
  }
}

TEST_CASE("what the system cannot give is bad_alloc", "[base][page_buffer]") {
  CHECK_THROWS_AS(PageBuffer(std::size_t{1} << 62), std::bad_alloc);
}

TEST_CASE("a size that leaves no room to align is bad_alloc", "[base][page_buffer]") {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  for (const std::size_t bytes : {kMost, kMost - 7, kMost - kHugePage + 2, kMost - kHugePage}) {
    INFO(bytes << " bytes");
    CHECK_THROWS_AS(PageBuffer(bytes), std::bad_alloc);
  }
}

#if defined(__linux__)

// Resident pages of this process.
u64 resident_bytes() {
  std::ifstream file("/proc/self/statm");
  u64 total = 0;
  u64 resident = 0;
  file >> total >> resident;
  return resident * static_cast<u64>(sysconf(_SC_PAGESIZE));
}

TEST_CASE("untouched memory costs nothing", "[base][page_buffer]") {
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  const u64 before = resident_bytes();
  const PageBuffer buffer(kBytes);
  buffer.as<u8>()[kBytes - 1] = 1;
  CHECK(buffer.as<u8>()[kBytes - 1] == 1);
  CHECK(resident_bytes() < before + (u64{64} << 20));
}

TEST_CASE("a child's writes do not reach the parent", "[base][page_buffer]") {
  for (const std::size_t bytes : {std::size_t{64}, 2 * kHugePage}) {
    const PageBuffer buffer(bytes);
    const std::span<u8> view = buffer.as<u8>();
    view[bytes - 1] = 5;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const bool inherited = view[bytes - 1] == 5 && view[0] == 0;
      std::ranges::fill(view, u8{9});
      _exit(inherited ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(view[bytes - 1] == 5);
    CHECK(view[0] == 0);
  }
}

#if defined(__SANITIZE_ADDRESS__)

// Whether a child that writes one byte at `offset` ends by itself.
bool may_write(const PageBuffer& buffer, std::ptrdiff_t offset) {
  const pid_t child = fork();
  if (child == 0) {
    *const_cast<volatile u8*>(buffer.as<u8>().data() + offset) = 1;
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("AddressSanitizer sees a write behind a buffer", "[base][page_buffer]") {
  for (const std::size_t bytes : {std::size_t{61}, kHugePage - 8, kHugePage, 2 * kHugePage + 5}) {
    INFO(bytes << " bytes");
    const PageBuffer buffer(bytes);
    const auto end = static_cast<std::ptrdiff_t>(bytes);
    CHECK(may_write(buffer, 0));
    CHECK(may_write(buffer, end - 1));
    CHECK_FALSE(may_write(buffer, end));
  }
}

#endif

#endif

}  // namespace
}  // namespace fastsamplers
