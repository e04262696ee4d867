// Integer arrays as users give them: of any type, at any distance and alignment.
#pragma once

#include <vector>

#include "input.hpp"
#include "lengths/length_arrays.hpp"

namespace fastsamplers::fuzz {

// body(values, layout) with values of the type that the input says.
template <class Body>
void with_values(Input& input, std::size_t most, const Body& body) {
  const test::Layout layout = input.pick(test::kLayouts);
  const auto type = static_cast<IntegerArray::Type>(input.below(8));
  with_element_type(type, [&]<class T>(std::type_identity<T>) {
    const std::size_t count = input.below(input.flag() ? 40 : most + 1);
    std::vector<T> values = input.words<T>(count);
    // Anything, or a few, or many that span little.
    const u64 range = input.flag() ? input.number() : 0;
    const u64 base = input.number();
    for (T& value : values) {
      if (range != 0) value = static_cast<T>(base + static_cast<u64>(value) % range);
    }
    body(values, layout);
  });
}

// Lengths of at most `most`, of many shapes.
inline std::vector<u64> lengths_of(Input& input, std::size_t count, u64 most) {
  std::vector<u64> lengths = input.words<u64>(count);
  const u64 cap = input.flag() ? most : input.number(0, most);
  for (u64& length : lengths) length = cap == ~u64{0} ? length : length % (cap + 1);
  if (count > 0 && input.flag()) lengths[input.below(count)] = most;
  return lengths;
}

// Lengths that the owner changes between the parts of a kernel's work.
template <class T>
void change_some(Input& input, test::LaidOut<T>& values, std::size_t count) {
  for (u64 edits = input.below(4); edits > 0 && count > 0; --edits) {
    values.set(input.below(count), static_cast<T>(input.number()));
  }
}

}  // namespace fastsamplers::fuzz
