// What has to hold in a fuzz target: a fault ends the process, as a sanitizer's finding does, so
// that the fuzzer keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "oracle.hpp"

namespace fastsamplers::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

template <class Left, class Right>
void require_same(const Left& left, const Right& right, const char* what) {
  const std::size_t place = test::first_difference(left, right);
  if (place == test::kSame) return;
  std::fprintf(stderr, "differs at %zu of %zu and %zu: %s\n", place, left.size(), right.size(),
               what);
  std::abort();
}

// Whether the call refuses its arguments.
template <class Error = std::invalid_argument, class Call>
bool refuses(const Call& call) {
  try {
    call();
  } catch (const Error&) {
    return true;
  }
  return false;
}

}  // namespace fastsamplers::fuzz
