// Copies that turn what a stream holds into int64 indices.
//
// Work: as a copy of memory where the places lie next to each other; with a stride, a line of
// memory an index. Threads: pure functions.
#pragma once

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/types.hpp"

namespace fastsamplers::order {

// out[k] = values[k].
using WidenFunction = void (*)(const u32* values, std::size_t count, i64* out);
extern const Variants<WidenFunction> kWiden;

// out[k] = places[i] ^ i with i = first + k * stride: places hold value XOR place, stride >= 1.
using DecodeFunction = void (*)(const u32* places, u64 first, u64 stride, std::size_t count,
                                i64* out);
extern const Variants<DecodeFunction> kDecode;

// indices[k] = values[indices[k]], all of them within the values.
template <class Value>
using GatherFunction = void (*)(const Value* values, i64* indices, std::size_t count);
extern const Variants<GatherFunction<i64>> kGather64;
extern const Variants<GatherFunction<i32>> kGather32;

}  // namespace fastsamplers::order
