#include "fastsamplers/weighted/weights.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "oracle.hpp"

namespace fastsamplers::weighted {
namespace {

using Storage = Weights::Storage;

std::size_t size_of(Storage storage) {
  return storage == Storage::f64 ? sizeof(double) : sizeof(float);
}

// Values with a fraction, so that both storages hold them and none is like another.
double value_of(std::size_t place) { return static_cast<double>(place) + 0.25; }

// `count` values in an array of bytes, `stride` bytes apart, the least address `offset` bytes from
// its aligned start.
class Array {
 public:
  Array(Storage storage, std::size_t count, i64 stride, std::size_t offset)
      : storage_(storage), count_(count), stride_(stride) {
    const auto step = static_cast<std::size_t>(stride < 0 ? -stride : stride);
    const std::size_t bytes = offset + step * (count - 1) + size_of(storage);
    memory_.resize(bytes / sizeof(double) + 1);
    start_ = reinterpret_cast<std::byte*>(memory_.data()) + offset;
    if (stride < 0) start_ += step * (count - 1);
    for (std::size_t k = 0; k < count; ++k) write(k, value_of(k));
  }

  Weights weights() const { return {start_, count_, stride_, storage_, Precision::f64}; }
  const std::byte* address(std::size_t place) const {
    return start_ + static_cast<i64>(place) * stride_;
  }
  // With a stride of 0 every weight is the one written last.
  double expected(std::size_t place) const { return value_of(stride_ == 0 ? count_ - 1 : place); }

 private:
  void write(std::size_t place, double value) {
    std::byte* const to = start_ + static_cast<i64>(place) * stride_;
    const auto narrow = static_cast<float>(value);
    if (storage_ == Storage::f64) {
      std::memcpy(to, &value, sizeof(value));
    } else {
      std::memcpy(to, &narrow, sizeof(narrow));
    }
  }

  Storage storage_;
  std::size_t count_;
  i64 stride_;
  std::vector<double> memory_;
  std::byte* start_;
};

void check_reads(const Array& array, std::size_t size, bool is_in_place) {
  static WeightBlock block;
  for (const std::size_t first : {std::size_t{0}, std::size_t{1}, size / 2, size - 1}) {
    for (const std::size_t wanted : {0, 1, 2, 7, 33, 1023, 1024}) {
      const std::size_t count = std::min(wanted, size - first);
      INFO("first " << first << ", count " << count);
      std::fill(block.begin(), block.end(), -1.0);
      const double* const values = read_weights(array.weights(), first, count, block);
      if (is_in_place) {
        REQUIRE(static_cast<const void*>(values) == array.address(first));
      } else {
        REQUIRE(values == block.data());
      }
      for (std::size_t k = 0; k < count; ++k) REQUIRE(values[k] == array.expected(first + k));
      const std::size_t written = is_in_place ? 0 : count;
      REQUIRE(std::count(block.begin() + static_cast<std::ptrdiff_t>(written), block.end(), -1.0) ==
              static_cast<std::ptrdiff_t>(kWeightBlock - written));
    }
  }
}

TEST_CASE("doubles side by side are read where they lie", "[weighted][weights]") {
  for (const std::size_t size : {1, 2, 1024, 3000}) {
    check_reads(Array(Storage::f64, size, 8, 0), size, true);
    check_reads(Array(Storage::f64, size, 8, 8), size, true);
  }
}

TEST_CASE("doubles that are not aligned are copied", "[weighted][weights]") {
  for (std::size_t offset = 1; offset < 8; ++offset) {
    check_reads(Array(Storage::f64, 1500, 8, offset), 1500, false);
  }
}

TEST_CASE("floats are widened, wherever they lie", "[weighted][weights]") {
  for (std::size_t offset = 0; offset < 8; ++offset) {
    for (const std::size_t size : {1, 2, 1500}) {
      check_reads(Array(Storage::f32, size, 4, offset), size, false);
    }
  }
}

TEST_CASE("any distance from one weight to the next will do", "[weighted][weights]") {
  for (const Storage storage : {Storage::f64, Storage::f32}) {
    for (const i64 stride : {0, 4, 8, 9, 12, 16, 24, 100, -4, -8, -13, -16}) {
      if (stride == static_cast<i64>(size_of(storage))) continue;
      // Neighbours must not overlap but for a stride of 0.
      if (stride != 0 && std::abs(stride) < static_cast<i64>(size_of(storage))) continue;
      for (const std::size_t offset : {0, 4, 5}) {
        INFO("stride " << stride << ", offset " << offset << ", bytes " << size_of(storage));
        check_reads(Array(storage, 1500, stride, offset), 1500, false);
      }
    }
  }
}

TEST_CASE("widening a float is exact", "[weighted][weights]") {
  const std::vector<float> floats = {0.0F,  -0.0F,    1e-45F, 1.1754942e-38F, 0.1F,
                                     1e38F, INFINITY, -3.5F,  3.4028235e38F};
  const Weights weights{floats.data(), floats.size(), 4, Storage::f32, Precision::f32};
  WeightBlock block;
  const double* const values = read_weights(weights, 0, floats.size(), block);
  for (std::size_t k = 0; k < floats.size(); ++k) {
    CHECK(values[k] == static_cast<double>(floats[k]));
    CHECK(std::signbit(values[k]) == std::signbit(floats[k]));
  }
}

}  // namespace
}  // namespace fastsamplers::weighted
