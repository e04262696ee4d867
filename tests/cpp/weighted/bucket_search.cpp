#include "fastsamplers/weighted/bucket_search.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "isa_levels.hpp"
#include "oracle.hpp"

namespace fastsamplers::weighted {
namespace {

constexpr u32 kPad = ~u32{0};
constexpr i64 kGuard = -12345;

// What the header promises, one value after another.
struct Answer {
  std::vector<i64> indices;
  std::size_t unsaid = 0;
};

Answer search_plainly(const BucketGrid& grid, const std::vector<u64>& points) {
  Answer answer;
  for (const u64 point : points) {
    const Bucket& bucket = grid.buckets[point >> grid.shift];
    const u64 bits = (point % (u64{1} << grid.shift)) >> grid.dropped;
    u64 below = 0;
    bool is_unsaid = bucket.is_crowded != 0;
    for (const u32 value : bucket.values) {
      if (value < bits) ++below;
      if (grid.dropped > 0 && value == bits) is_unsaid = true;
    }
    answer.indices.push_back(is_unsaid ? -1 : static_cast<i64>(bucket.first + below));
    if (is_unsaid) ++answer.unsaid;
  }
  return answer;
}

void check_levels(const BucketGrid& grid, const std::vector<u64>& points) {
  Answer expected = search_plainly(grid, points);
  expected.indices.push_back(kGuard);
  for (const Isa isa : test::supported_levels()) {
    std::vector<i64> out(points.size() + 1, kGuard);
    const std::size_t unsaid =
        kBucketSearch.at(isa)(grid, points.data(), points.size(), out.data());
    const std::size_t place = test::first_difference(out, expected.indices);
    INFO(test::name_of(isa) << ", shift " << grid.shift << ", " << points.size() << " points");
    if (place != test::kSame) {
      FAIL("point " << points[place] << " gave " << out[place] << ", not "
                    << expected.indices[place]);
    }
    REQUIRE(unsaid == expected.unsaid);
  }
}

BucketGrid grid_of(const std::vector<Bucket>& buckets, u32 shift) {
  return {buckets.data(), shift, shift > 32 ? shift - 32 : 0};
}

// A line of ascending values below 2^bits, the rest of it pads.
Bucket line_of(std::vector<u32> values, u64 first) {
  std::sort(values.begin(), values.end());
  Bucket bucket{};
  bucket.first = first;
  std::fill_n(bucket.values, kBucketValues, kPad);
  std::copy(values.begin(), values.end(), bucket.values);
  return bucket;
}

// Lines of every number of values, some equal, and the extremes where signs would go wrong.
std::vector<Bucket> made_up_lines(u32 shift, std::mt19937& random) {
  const u32 most = shift >= 32 ? kPad : (u32{1} << shift) - 1;
  const std::vector<u32> extremes = {0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, kPad, 5};
  // Lines' heads are read together with the values, so they are of all sizes too.
  const std::vector<u64> firsts = {0, 7, 0x80000000, ~u64{0} >> 12, u64{0xffffffff} << 8};
  std::vector<Bucket> lines;
  for (std::size_t size = 0; size <= kBucketValues; ++size) {
    for (int round = 0; round < 4; ++round) {
      std::vector<u32> values(size);
      for (u32& value : values) {
        value = round == 0   ? static_cast<u32>(random())
                : round == 1 ? extremes[random() % extremes.size()]
                : round == 2 ? 9
                             : static_cast<u32>(random() % 20);
        value = std::min(value, most);
      }
      lines.push_back(line_of(values, firsts[lines.size() % firsts.size()]));
      if (random() % 5 == 0) lines.back().is_crowded = 1;
    }
  }
  return lines;
}

// For each line: its ends, all its values, and one below and above each, in the bits that are left.
std::vector<u64> telling_points(const BucketGrid& grid, std::size_t lines, std::mt19937& random) {
  const u64 most = ((u64{1} << grid.shift) - 1) >> grid.dropped;
  const u64 low = u64{1} << grid.dropped;
  std::vector<u64> points;
  for (std::size_t line = 0; line < lines; ++line) {
    std::vector<u64> bits = {0, most, random() & most};
    for (const u64 value : grid.buckets[line].values) {
      for (const u64 near : {value - 1, value, value + 1}) {
        if (near <= most) bits.push_back(near);
      }
    }
    for (const u64 kept : bits) {
      const u64 start = (u64{line} << grid.shift) | (kept << grid.dropped);
      for (const u64 rest : {u64{0}, random() % low, low - 1}) points.push_back(start + rest);
    }
  }
  return points;
}

TEST_CASE("points on, below and above the values of a line", "[weighted][bucket_search]") {
  std::mt19937 random(1);
  // With 2^shift points in a line; from 33 on bits are dropped.
  for (const u32 shift : {3, 8, 30, 31, 32, 33, 34, 40, 47}) {
    const std::vector<Bucket> lines = made_up_lines(shift, random);
    const BucketGrid grid = grid_of(lines, shift);
    std::vector<u64> points = telling_points(grid, lines.size(), random);
    check_levels(grid, points);
    std::shuffle(points.begin(), points.end(), random);
    check_levels(grid, points);
  }
}

TEST_CASE("points of every number", "[weighted][bucket_search]") {
  std::mt19937 random(2);
  for (const u32 shift : {32, 36}) {
    const std::vector<Bucket> lines = made_up_lines(shift, random);
    const BucketGrid grid = grid_of(lines, shift);
    const std::vector<u64> all = telling_points(grid, lines.size(), random);
    for (std::size_t count = 0; count <= 70; ++count) {
      std::vector<u64> points(count);
      for (u64& point : points) point = all[random() % all.size()];
      check_levels(grid, points);
    }
  }
}

TEST_CASE("a table of one line has all points in it", "[weighted][bucket_search]") {
  const std::vector<Bucket> lines = {line_of({5, 5, 1000, 0x80000000}, 3)};
  const BucketGrid grid = grid_of(lines, 53);
  std::mt19937 random(3);
  check_levels(grid, telling_points(grid, 1, random));
}

TEST_CASE("a crowded line does not say, whatever stands in it", "[weighted][bucket_search]") {
  for (const u32 shift : {30, 40}) {
    std::vector<Bucket> lines = {line_of({1, 2, 3}, 0), line_of({4, 5, 6}, 3)};
    lines[0].is_crowded = 1;
    const BucketGrid grid = grid_of(lines, shift);
    const std::vector<u64> points = {0, u64{1} << 29, u64{1} << shift, (u64{2} << shift) - 1};
    std::vector<i64> out(points.size());
    for (const Isa isa : test::supported_levels()) {
      INFO(test::name_of(isa) << ", shift " << shift);
      // The last point's bits are those of a pad: with bits dropped it could be a value's.
      const std::size_t unsaid = shift == 30 ? 2 : 3;
      REQUIRE(kBucketSearch.at(isa)(grid, points.data(), points.size(), out.data()) == unsaid);
      REQUIRE(out == std::vector<i64>{-1, -1, 3, shift == 30 ? 6 : -1});
    }
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
