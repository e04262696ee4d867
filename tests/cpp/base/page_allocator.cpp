#include "fastsamplers/base/page_allocator.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <numeric>
#include <string>

namespace fastsamplers {
namespace {

// Below and above the 2 MiB from which a block is mapped in pages of its own.
constexpr std::size_t kSmall = 100;
constexpr std::size_t kLarge = (std::size_t{5} << 20) / sizeof(u64);

PageVector<u64> ascending(std::size_t count) {
  PageVector<u64> vector(count);
  std::iota(vector.begin(), vector.end(), u64{0});
  return vector;
}

bool ascends(const PageVector<u64>& vector, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (vector[i] != i) return false;
  }
  return true;
}

template <class T>
bool is_aligned(const PageVector<T>& vector) {
  return reinterpret_cast<std::uintptr_t>(vector.data()) % 64 == 0;
}

TEST_CASE("a vector of any size begins with a cache line and is writable to its end",
          "[base][page_allocator]") {
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, kSmall, std::size_t{262136},
                                 std::size_t{262137}, std::size_t{262144}, kLarge}) {
    PageVector<u64> words = ascending(size);
    CHECK(is_aligned(words));
    CHECK(ascends(words, size));
    PageVector<u8> bytes(size, u8{7});
    CHECK(is_aligned(bytes));
    CHECK(std::count(bytes.begin(), bytes.end(), 7) == static_cast<std::ptrdiff_t>(size));
  }
  CHECK(PageVector<u64>().empty());
}

TEST_CASE("a vector that grows keeps its elements", "[base][page_allocator]") {
  PageVector<u64> vector;
  for (u64 i = 0; i < kLarge; ++i) vector.push_back(i);
  CHECK(vector.size() == kLarge);
  CHECK(ascends(vector, kLarge));
  vector.reserve(2 * kLarge);
  CHECK(ascends(vector, kLarge));
  vector.resize(kSmall);
  vector.shrink_to_fit();
  CHECK(ascends(vector, kSmall));
}

TEST_CASE("resize leaves new elements as memory has them", "[base][page_allocator]") {
  for (const std::size_t size : {kSmall, kLarge}) {
    PageVector<u64> vector = ascending(size);
    vector.resize(1);
    vector.resize(size);  // the same memory, with what was in it
    CHECK(ascends(vector, size));
    vector.resize(1);
    vector.resize(size, u64{9});  // but with a value it is written
    CHECK(std::count(vector.begin() + 1, vector.end(), u64{9}) ==
          static_cast<std::ptrdiff_t>(size - 1));
  }
}

TEST_CASE("elements with constructors are constructed and destroyed", "[base][page_allocator]") {
  const std::string text = "long enough for memory of its own, and then some";
  PageVector<std::string> vector(kSmall);
  CHECK(std::all_of(vector.begin(), vector.end(), [](const auto& s) { return s.empty(); }));
  vector.assign(kSmall, text);
  for (std::size_t i = 0; i < 100000; ++i) vector.emplace_back(text);
  vector.resize(kSmall + 1);
  CHECK(std::all_of(vector.begin(), vector.end(), [&](const auto& s) { return s == text; }));
}

TEST_CASE("a copy has memory of its own, and a moved vector keeps its", "[base][page_allocator]") {
  for (const std::size_t size : {kSmall, kLarge}) {
    PageVector<u64> first = ascending(size);
    PageVector<u64> copy = first;
    CHECK(copy == first);
    CHECK(is_aligned(copy));
    copy[0] = 77;
    CHECK(first[0] == 0);

    const u64* const data = first.data();
    PageVector<u64> moved = std::move(first);
    CHECK(moved.data() == data);
    CHECK(ascends(moved, size));

    PageVector<u64> other(3);
    other = std::move(moved);
    CHECK(other.data() == data);
    other.swap(copy);
    CHECK(copy.data() == data);
    copy = other;
    CHECK(copy[0] == 77);
  }
}

TEST_CASE("what no memory can hold is bad_alloc", "[base][page_allocator]") {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  PageAllocator<u64> allocator;
  for (const std::size_t count : {kMost, kMost / 8, kMost / 8 - 7, std::size_t{1} << 59}) {
    CHECK_THROWS_AS(allocator.allocate(count), std::bad_alloc);
  }
}

}  // namespace
}  // namespace fastsamplers
