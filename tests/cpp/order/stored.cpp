#include "fastsamplers/order/stored.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>
#include <vector>

#include "isa_levels.hpp"
#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

// Any 32 bits: the upper half of an index is 0, whatever the highest bit below it.
StoredIndices some_indices(std::size_t count) {
  std::mt19937 random(static_cast<u32>(count));
  auto indices = std::make_shared<PageVector<u32>>(count);
  for (u32& index : *indices) index = static_cast<u32>(random());
  if (count > 0) indices->back() = ~u32{0};
  return indices;
}

TEST_CASE("stored indices come as they stand, at every level", "[order][stored]") {
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    for (const std::size_t count : {0, 1, 2, 7, 8, 9, 1000, 5000}) {
      INFO(test::name_of(isa) << ", " << count << " indices");
      const StoredIndices indices = some_indices(count);
      const std::vector<i64> expected(indices->begin(), indices->end());
      test::check_stream([&] { return std::make_shared<StoredStream>(indices); }, expected, count);
    }
  }
}

TEST_CASE("streams share what is stored, and keep it", "[order][stored]") {
  StoredIndices indices = some_indices(10);
  const std::weak_ptr<const PageVector<u32>> watched = indices;
  const std::vector<i64> expected(indices->begin(), indices->end());
  {
    StoredStream left(indices);
    StoredStream right(indices);
    indices.reset();
    left.seek(4);
    CHECK(test::read_rest(right, 3) == expected);
    CHECK(left.position() == 4);
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

TEST_CASE("a stream of nothing stored is refused", "[order][stored]") {
  CHECK_THROWS_MATCHES(StoredStream(nullptr), std::invalid_argument,
                       Catch::Message("indices should be stored, but got indices=null"));
}

TEST_CASE("stored indices cost one step and may be read ahead", "[order][stored]") {
  const StoredStream stream(some_indices(10));
  CHECK(stream.work_per_index() == 1);
  CHECK(stream.may_read_ahead());
  CHECK_FALSE(stream.is_slow());
}

}  // namespace
}  // namespace fastsamplers::order
