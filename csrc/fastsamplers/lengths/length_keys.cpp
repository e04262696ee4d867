#include "fastsamplers/lengths/length_keys.hpp"

#include <algorithm>
#include <cstring>

#include "fastsamplers/base/prefetch.hpp"

namespace fastsamplers::lengths {
namespace {

template <class Key, class T>
FASTSAMPLERS_INLINE Key key_of(T value, const KeyRule& rule) {
  // In u64: two's complement makes distances of negative values right, too.
  return static_cast<Key>(std::min(rule.key_of(static_cast<u64>(value)), rule.range));
}

template <class T>
const char* place_of(const IntegerArray& values, u64 index) {
  return static_cast<const char*>(values.data) + static_cast<i64>(index) * values.stride;
}

template <class T>
T load(const char* place) {
  T value;
  std::memcpy(&value, place, sizeof(T));  // elements may lie unaligned
  return value;
}

template <class Key, class T>
void read_as(const IntegerArray& values, const KeyRule& rule, u64 first, std::span<Key> keys) {
  if (is_contiguous<T>(values)) {
    const T* const from = static_cast<const T*>(values.data) + first;
    for (std::size_t k = 0; k < keys.size(); ++k) keys[k] = key_of<Key>(from[k], rule);
    return;
  }
  for (std::size_t k = 0; k < keys.size(); ++k) {
    keys[k] = key_of<Key>(load<T>(place_of<T>(values, first + k)), rule);
  }
}

template <class Key, class T>
void gather_as(const IntegerArray& values, const KeyRule& rule, std::span<const u32> indices,
               Key* keys) {
  const std::size_t count = indices.size();
  const std::size_t ahead = std::min(kPrefetchSteps, count);
  for (std::size_t k = 0; k < ahead; ++k) prefetch_for_read(place_of<T>(values, indices[k]));
  for (std::size_t k = 0; k < count; ++k) {
    if (k + ahead < count) prefetch_for_read(place_of<T>(values, indices[k + ahead]));
    keys[k] = key_of<Key>(load<T>(place_of<T>(values, indices[k])), rule);
  }
}

}  // namespace

template <class Key>
void read_keys(const IntegerArray& values, const KeyRule& rule, u64 first, std::span<Key> keys) {
  with_element_type(values.type, [&]<class T>(std::type_identity<T>) {
    read_as<Key, T>(values, rule, first, keys);
  });
}

template <class Key>
void gather_keys(const IntegerArray& values, const KeyRule& rule, std::span<const u32> indices,
                 Key* keys) {
  with_element_type(values.type, [&]<class T>(std::type_identity<T>) {
    gather_as<Key, T>(values, rule, indices, keys);
  });
}

template void read_keys(const IntegerArray&, const KeyRule&, u64, std::span<u32>);
template void read_keys(const IntegerArray&, const KeyRule&, u64, std::span<u64>);
template void gather_keys(const IntegerArray&, const KeyRule&, std::span<const u32>, u32*);
template void gather_keys(const IntegerArray&, const KeyRule&, std::span<const u32>, u64*);

}  // namespace fastsamplers::lengths
