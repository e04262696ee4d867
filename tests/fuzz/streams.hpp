// Streams of every kind, each with the plain vector of its indices.
#pragma once

#include <memory>
#include <vector>

#include "fastsamplers/order/index_stream.hpp"
#include "input.hpp"

namespace fastsamplers::fuzz {

struct StreamCase {
  std::shared_ptr<order::IndexStream> stream;
  std::vector<i64> expected;
};

// An order: sequential, a permutation, with replacement, an index shuffle, weighted, stored, or one
// of these read ahead.
StreamCase order_of(Input& input);

}  // namespace fastsamplers::fuzz
