// The values at a range of places of a narrow Feistel network, in one go: cut, rounds, join.
//
// Work: what the three stages take, without the way through memory between them where a level has a
// kernel of its own. Memory: none. Threads: pure functions.
#pragma once

#include "fastsamplers/order/feistel_rounds.hpp"

namespace fastsamplers::order {

// values[k] = what the network makes of first + k * step, all below 2^31; `count` is a multiple of
// kFeistelLanes. Returns the greatest, which may lie above the places.
using RangeValuesFunction = i64 (*)(const FeistelNetwork<u16>& network, u64 first, u64 step,
                                    std::size_t count, i64* values);
extern const Variants<RangeValuesFunction> kRangeValues;

}  // namespace fastsamplers::order
