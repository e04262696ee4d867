// The byte layout of a generator's state.

#include "fastsamplers/rng/torch_state.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

using namespace fastsamplers;
using rng::Mt19937;

namespace {

std::vector<u8> state_after(u64 seed, u64 draws) {
  Mt19937 engine(seed);
  engine.skip(draws);
  std::vector<u8> bytes(rng::kTorchStateBytes, 0x5a);
  rng::store_torch_state(engine, bytes);
  return bytes;
}

template <class T>
T field(const std::vector<u8>& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

TEST_CASE("fields stand where torch has them") {
  const auto bytes = state_after(0x123456789abcdef0, 5);
  REQUIRE(field<u64>(bytes, 0) == 0x123456789abcdef0);
  REQUIRE(field<i32>(bytes, 8) == 620);
  REQUIRE(field<i32>(bytes, 12) == 1);
  REQUIRE(field<u64>(bytes, 16) == 5);
  Mt19937 engine(0x9abcdef0);
  engine.skip(5);
  for (std::size_t i = 0; i < 624; ++i) {
    REQUIRE(field<u64>(bytes, 24 + 8 * i) == engine.state().words[i]);
  }
}

TEST_CASE("the cached normals are left as they are") {
  const auto bytes = state_after(1, 1000);
  for (std::size_t i = 5016; i < rng::kTorchStateBytes; ++i) REQUIRE(bytes[i] == 0x5a);
}

TEST_CASE("loading and storing gives the same bytes") {
  for (const u64 draws : {0, 1, 623, 624, 625, 5000}) {
    const auto bytes = state_after(77, draws);
    Mt19937 engine = rng::load_torch_state(bytes);
    std::vector<u8> again(rng::kTorchStateBytes, 0x5a);
    rng::store_torch_state(engine, again);
    REQUIRE(again == bytes);
    Mt19937 direct(77);
    direct.skip(draws);
    REQUIRE(engine.random64() == direct.random64());
  }
}

TEST_CASE("bytes that are no state are refused by field") {
  auto bytes = state_after(1, 10);
  const auto with = [&](std::size_t offset, auto value, const char* text) {
    auto damaged = bytes;
    std::memcpy(damaged.data() + offset, &value, sizeof(value));
    REQUIRE_THROWS_WITH(rng::load_torch_state(damaged), Catch::Contains(text));
  };
  with(8, i32{0}, "left should be in [1, 624]");
  with(8, i32{1000}, "left should be in [1, 624]");
  with(12, i32{0}, "generator state field seeded should be 1");
  with(16, u64{625}, "generator state field next should be at most 624");
  with(16, u64{1} << 40, "generator state field next should be at most 624");
  with(16, u64{11}, "next should be at most 625 - left");
  with(24 + 8 * 623 + 4, u32{7}, "generator state words should be 32-bit values");
  for (const std::size_t size : {std::size_t{0}, std::size_t{16}, std::size_t{5055}}) {
    const std::vector<u8> part(bytes.begin(), bytes.begin() + static_cast<i64>(size));
    REQUIRE_THROWS_WITH(rng::load_torch_state(part), Catch::Contains("5056 bytes"));
  }
  std::vector<u8> longer(5057);
  REQUIRE_THROWS_WITH(rng::store_torch_state(Mt19937(1), longer), Catch::Contains("5056 bytes"));
}
