// What a test goes through, and less of it where that says as much.
#pragma once

#include <initializer_list>
#include <vector>

namespace fastsamplers::test {

// All values; under ThreadSanitizer the last two. There a step of a shuffle takes a quarter of a
// microsecond, and a race shows whatever the values are.
template <class T>
std::vector<T> sweep(std::initializer_list<T> values) {
#if defined(__SANITIZE_THREAD__)
  if (values.size() > 2) return {values.end() - 2, values.end()};
#endif
  return values;
}

}  // namespace fastsamplers::test
