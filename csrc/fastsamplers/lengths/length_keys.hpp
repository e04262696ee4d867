// Sort keys of an array of lengths: each value's distance from the least or the greatest of them.
//
// Work: a conversion a value, side by side where the values lie so; a load from anywhere a value
// for gather_keys, asked for ahead. Threads: pure functions.
//
// A value outside the rule's range, which can only be one that was changed after the range was
// taken, gets the last key of the range: callers count keys in tables.
#pragma once

#include <span>

#include "fastsamplers/base/integer_array.hpp"

namespace fastsamplers::lengths {

struct KeyRule {
  u64 base = 0;   // the value with key 0, as 64 bits
  u64 range = 0;  // the last key
  bool descending = false;

  u64 key_of(u64 value) const { return descending ? base - value : value - base; }
  // What key_of undoes.
  u64 value_of(u64 key) const { return descending ? base - key : base + key; }
};

// keys[k] = the key of values[first + k]. Key: u32, where rule.range fits, or u64.
template <class Key>
void read_keys(const IntegerArray& values, const KeyRule& rule, u64 first, std::span<Key> keys);

// keys[k] = the key of values[indices[k]], all of which are below values.size.
template <class Key>
void gather_keys(const IntegerArray& values, const KeyRule& rule, std::span<const u32> indices,
                 Key* keys);

// Keys that callers read at a time: 16 KB, half of a first-level cache.
inline constexpr std::size_t kKeyBlock = 4096;

}  // namespace fastsamplers::lengths
