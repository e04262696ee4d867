#include "fastsamplers/batch/slicing.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

namespace fastsamplers::batch {
namespace {

// The batches of BatchSampler as their sizes, index by index.
std::vector<u64> batches(u64 length, u64 batch_size, bool drop_last) {
  std::vector<u64> sizes;
  u64 open = 0;
  for (u64 i = 0; i < length; ++i) {
    if (++open < batch_size) continue;
    sizes.push_back(open);
    open = 0;
  }
  if (open > 0 && !drop_last) sizes.push_back(open);
  return sizes;
}

TEST_CASE("indices are handed out in whole batches until the pass ends", "[batch]") {
  for (std::size_t indices = 0; indices <= 60; ++indices) {
    for (std::size_t batch_size = 1; batch_size <= 62; ++batch_size) {
      INFO(indices << " by " << batch_size);
      u64 whole = 0;
      for (const u64 size : batches(indices, batch_size, true)) whole += size;
      CHECK(batched(indices, batch_size, false, false) == whole);
      CHECK(batched(indices, batch_size, false, true) == whole);
      CHECK(batched(indices, batch_size, true, true) == whole);
      CHECK(batched(indices, batch_size, true, false) == indices);
    }
  }
}

TEST_CASE("reading ahead begins with one batch and doubles up to the limit", "[batch]") {
  std::vector<std::size_t> ahead;
  std::size_t last = 0;
  for (int i = 0; i < 8; ++i) ahead.push_back(last = batches_ahead(last, 32, 1000));
  CHECK(ahead == std::vector<std::size_t>{1, 2, 4, 8, 16, 31, 31, 31});
}

TEST_CASE("a batch above the limit is read one at a time", "[batch]") {
  for (const std::size_t batch_size :
       {std::size_t{1001}, std::numeric_limits<std::size_t>::max()}) {
    CHECK(batches_ahead(0, batch_size, 1000) == 1);
    CHECK(batches_ahead(1, batch_size, 1000) == 1);
  }
  CHECK(batches_ahead(1, 1000, 1000) == 1);
  CHECK(batches_ahead(1, 500, 1000) == 2);
}

}  // namespace
}  // namespace fastsamplers::batch
