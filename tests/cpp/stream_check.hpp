// Checks that hold for every IndexStream, against the plain vector it stands for.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "fastsamplers/order/index_stream.hpp"

namespace fastsamplers::test {

using Stream = order::IndexStream;
using MakeStream = std::function<std::shared_ptr<Stream>()>;

// All that is left, read in blocks of `block` indices.
std::vector<i64> read_rest(Stream& stream, std::size_t block);

// One long read, and reading in blocks of many sizes, give `expected`; the next read gives nothing.
void check_blocks(const MakeStream& make, const std::vector<i64>& expected);

// A random walk of `moves` calls of next, next_strided, seek and prepare, each compared with the
// vector in what it fills, what it leaves alone, what it returns and where it stands afterwards.
void check_interleaving(Stream& stream, const std::vector<i64>& expected, u64 seed, int moves);

// Positions past the end are refused, a stride of 0 too, and neither moves the stream.
void check_refusals(Stream& stream, const std::vector<i64>& expected);

// All of the above.
void check_stream(const MakeStream& make, const std::vector<i64>& expected, u64 seed,
                  int moves = 60);

}  // namespace fastsamplers::test
