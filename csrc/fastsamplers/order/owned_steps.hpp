// Which steps of a block belong to one owner: those whose target lies in the owner's range.
//
// Work: 0.1 ns a step with AVX-512, 1 ns scalar. Threads: pure function.
#pragma once

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/types.hpp"

namespace fastsamplers::order {

// Room that the outputs need beyond the steps that are kept: whole vectors are stored.
inline constexpr std::size_t kOwnedPadding = 16;

// Keeps, in order, the steps k with low <= targets[k] < low + size: out_targets gets targets[k],
// out_steps gets first_step + k. Returns how many. Both outputs may be written to, up to
// kOwnedPadding places beyond what is kept.
using OwnedStepsFunction = std::size_t (*)(const u32* targets, std::size_t count, u32 first_step,
                                           u32 low, u32 size, u32* out_targets, u32* out_steps);
extern const Variants<OwnedStepsFunction> kOwnedSteps;

// The same for targets of 64 bits, which only permutations of more than 2^32 have.
std::size_t owned_steps(const u64* targets, std::size_t count, u32 first_step, u64 low, u64 size,
                        u64* out_targets, u32* out_steps);

}  // namespace fastsamplers::order
