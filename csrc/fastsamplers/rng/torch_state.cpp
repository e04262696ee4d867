#include "fastsamplers/rng/torch_state.hpp"

#include <bit>
#include <cstring>

#include "fastsamplers/base/check.hpp"

static_assert(std::endian::native == std::endian::little, "torch's layout is read as it lies");

namespace fastsamplers::rng {
namespace {

constexpr std::size_t kSeed = 0;
constexpr std::size_t kLeft = 8;
constexpr std::size_t kSeeded = 12;
constexpr std::size_t kNext = 16;
constexpr std::size_t kWords = 24;

template <class T>
T read(std::span<const u8> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <class T>
void write(std::span<u8> bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

void check_size(std::size_t size) {
  check_argument(size == kTorchStateBytes, "generator state size", "5056 bytes", size);
}

}  // namespace

Mt19937 load_torch_state(std::span<const u8> bytes) {
  check_size(bytes.size());
  const auto seeded = read<i32>(bytes, kSeeded);
  check_argument(seeded == 1, "generator state field seeded", "1", seeded);
  const auto next = read<u64>(bytes, kNext);
  check_argument(next <= kBlockWords, "generator state field next", "at most 624", next);
  Mt19937::State state;
  state.seed = read<u64>(bytes, kSeed);
  state.left = read<i32>(bytes, kLeft);
  state.next = static_cast<u32>(next);
  u64 high = 0;
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    const auto word = read<u64>(bytes, kWords + 8 * i);
    high |= word >> 32;
    state.words[i] = static_cast<u32>(word);
  }
  check_argument(high == 0, "generator state words", "32-bit values", high);
  return Mt19937(state);
}

void store_torch_state(const Mt19937& engine, std::span<u8> bytes) {
  check_size(bytes.size());
  const Mt19937::State& state = engine.state();
  write(bytes, kSeed, state.seed);
  write(bytes, kLeft, state.left);
  write(bytes, kSeeded, i32{1});
  write(bytes, kNext, u64{state.next});
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    write(bytes, kWords + 8 * i, u64{state.words[i]});
  }
}

}  // namespace fastsamplers::rng
