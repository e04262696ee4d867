#include "fastsamplers/rng/torch_state.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "oracle.hpp"

namespace fastsamplers::rng {
namespace {

using Bytes = std::vector<u8>;

template <class T>
void put(Bytes& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

// The table of the layout, written out once more.
Bytes bytes_of(const Mt19937::State& state, u8 rest) {
  Bytes bytes(5056, rest);
  put<u64>(bytes, 0, state.seed);
  put<i32>(bytes, 8, state.left);
  put<i32>(bytes, 12, 1);
  put<u64>(bytes, 16, state.next);
  for (std::size_t i = 0; i < 624; ++i) put<u64>(bytes, 24 + 8 * i, state.words[i]);
  return bytes;
}

Mt19937 engine_after(u64 seed, u64 draws) {
  Mt19937 engine(seed);
  for (u64 i = 0; i < draws; ++i) engine.random();
  return engine;
}

TEST_CASE("a stored state has torch's layout and keeps the cached normals", "[rng][torch_state]") {
  for (const u64 draws : {0, 1, 623, 624, 625, 3000}) {
    const Mt19937 engine = engine_after(0x123456789abcdef0ULL, draws);
    for (const u8 rest : {u8{0}, u8{0xcd}}) {
      Bytes bytes(kTorchStateBytes, rest);
      store_torch_state(engine, bytes);
      REQUIRE(bytes == bytes_of(engine.state(), rest));
    }
  }
}

TEST_CASE("a loaded state is the engine that was stored", "[rng][torch_state]") {
  for (const u64 draws : {0, 1, 300, 623, 624, 625, 3000}) {
    const Mt19937 engine = engine_after(0xfedcba9876543210ULL, draws);
    const Bytes bytes = bytes_of(engine.state(), 0xee);
    REQUIRE(test::same_state(load_torch_state(bytes), engine));
  }
}

TEST_CASE("load and store give every byte back", "[rng][torch_state]") {
  const Bytes bytes = bytes_of(engine_after(3, 100).state(), 0x5a);
  Bytes again = bytes;
  store_torch_state(load_torch_state(bytes), again);
  CHECK(again == bytes);
}

TEST_CASE("a state of another size is refused and stays as it is", "[rng][torch_state]") {
  const Mt19937 engine(1);
  for (const std::size_t size : {0, 16, 5055, 5057, 5040, 10112}) {
    Bytes bytes(size, 0x11);
    const auto text =
        Catch::Message("generator state size should be 5056 bytes, but got generator state size=" +
                       std::to_string(size));
    CHECK_THROWS_MATCHES(load_torch_state(bytes), std::invalid_argument, text);
    CHECK_THROWS_MATCHES(store_torch_state(engine, bytes), std::invalid_argument, text);
    CHECK(bytes == Bytes(size, 0x11));
  }
}

TEST_CASE("a state that torch cannot have written is refused by field", "[rng][torch_state]") {
  const Bytes good = bytes_of(engine_after(3, 100).state(), 0);
  const auto refused = [](const Bytes& bytes, const std::string& text) {
    CHECK_THROWS_MATCHES(load_torch_state(bytes), std::invalid_argument, Catch::Message(text));
  };
  for (const i32 seeded : {0, 2, -1}) {
    Bytes bytes = good;
    put<i32>(bytes, 12, seeded);
    refused(bytes,
            "generator state field seeded should be 1, but got generator state field seeded=" +
                std::to_string(seeded));
  }
  for (const u64 next : {u64{625}, u64{1} << 32, ~u64{0}}) {
    Bytes bytes = good;
    put<u64>(bytes, 16, next);
    refused(
        bytes,
        "generator state field next should be at most 624, but got generator state field next=" +
            std::to_string(next));
  }
  for (const i32 left : {0, -1, 625}) {
    Bytes bytes = good;
    put<i32>(bytes, 8, left);
    refused(bytes, "left should be in [1, 624], but got left=" + std::to_string(left));
  }
  Bytes outside = good;
  put<i32>(outside, 8, 526);
  refused(outside, "next should be at most 625 - left, but got next=100");
  for (const std::size_t word : {0, 311, 623}) {
    Bytes bytes = good;
    put<u32>(bytes, 24 + 8 * word + 4, 1);
    refused(bytes,
            "generator state words should be 32-bit values, but got generator state words=1");
  }
}

}  // namespace
}  // namespace fastsamplers::rng
