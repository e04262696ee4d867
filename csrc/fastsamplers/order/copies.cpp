#include "fastsamplers/order/copies.hpp"

namespace fastsamplers::order {
namespace {

FASTSAMPLERS_INLINE void widen_body(const u32* values, std::size_t count, i64* out) {
  FASTSAMPLERS_INDEPENDENT
  for (std::size_t k = 0; k < count; ++k) out[k] = static_cast<i64>(values[k]);
}

FASTSAMPLERS_INLINE void decode_body(const u32* places, u64 first, u64 stride, std::size_t count,
                                     i64* out) {
  const u32* const from = places + first;
  const auto start = static_cast<u32>(first);
  if (stride == 1) {
    FASTSAMPLERS_INDEPENDENT
    for (std::size_t k = 0; k < count; ++k) {
      out[k] = static_cast<i64>(from[k] ^ (start + static_cast<u32>(k)));
    }
    return;
  }
  FASTSAMPLERS_INDEPENDENT
  for (std::size_t k = 0; k < count; ++k) {
    const u64 distance = k * stride;
    out[k] = static_cast<i64>(from[distance] ^ (start + static_cast<u32>(distance)));
  }
}

template <class Value>
FASTSAMPLERS_INLINE void gather_body(const Value* values, i64* indices, std::size_t count) {
  FASTSAMPLERS_INDEPENDENT
  for (std::size_t k = 0; k < count; ++k) indices[k] = values[static_cast<u64>(indices[k])];
}

// One function for each level, of the same body.
// NOLINTBEGIN(bugprone-macro-parentheses): an attribute cannot stand in parentheses.
#define FASTSAMPLERS_LEVEL(target, level)                                                 \
  target void widen_##level(const u32* values, std::size_t count, i64* out) {             \
    widen_body(values, count, out);                                                       \
  }                                                                                       \
  target void decode_##level(const u32* places, u64 first, u64 stride, std::size_t count, \
                             i64* out) {                                                  \
    decode_body(places, first, stride, count, out);                                       \
  }                                                                                       \
  target void gather64_##level(const i64* values, i64* indices, std::size_t count) {      \
    gather_body(values, indices, count);                                                  \
  }                                                                                       \
  target void gather32_##level(const i32* values, i64* indices, std::size_t count) {      \
    gather_body(values, indices, count);                                                  \
  }
// NOLINTEND(bugprone-macro-parentheses)

FASTSAMPLERS_EACH_LEVEL(FASTSAMPLERS_LEVEL)

}  // namespace

const Variants<WidenFunction> kWiden{"widening copy", FASTSAMPLERS_ROW(widen)};
const Variants<DecodeFunction> kDecode{"decoding copy", FASTSAMPLERS_ROW(decode)};
const Variants<GatherFunction<i64>> kGather64{"gather, 64 bits", FASTSAMPLERS_ROW(gather64)};
const Variants<GatherFunction<i32>> kGather32{"gather, 32 bits", FASTSAMPLERS_ROW(gather32)};

}  // namespace fastsamplers::order
