// torch's byte layout of a CPU generator's state, in and out.
//
// Source: CPUGeneratorImpl::get_state / set_state (the "legacy" layout), little-endian:
//   0 seed u64 | 8 left i32 | 12 seeded i32 | 16 next u64
//   24 words u64[624], value in the low half | 5016 cached normals and padding, 40 bytes
// Integer sampling never touches the cached normals: storing leaves those bytes as they are.
#pragma once

#include <span>

#include "fastsamplers/base/types.hpp"
#include "fastsamplers/rng/mt19937.hpp"

namespace fastsamplers::rng {

inline constexpr std::size_t kTorchStateBytes = 5056;

// std::invalid_argument, naming the field, when the bytes are not a state torch can have written.
Mt19937 load_torch_state(std::span<const u8> bytes);

// Writes the engine over the first 5016 of the 5056 bytes; std::invalid_argument on another size.
void store_torch_state(const Mt19937& engine, std::span<u8> bytes);

}  // namespace fastsamplers::rng
