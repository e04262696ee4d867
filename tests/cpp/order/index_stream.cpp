// What IndexStream itself does: every stride-th index by reading and by seeking, and the answers
// that streams give when they have nothing to say.

#include "fastsamplers/order/index_stream.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "stream_check.hpp"

namespace fastsamplers::order {
namespace {

// The least that a stream has to bring. At most `most` indices a read, as where more work has to be
// prepared.
class VectorStream final : public IndexStream {
 public:
  explicit VectorStream(std::vector<i64> values, std::size_t most = ~std::size_t{0})
      : values_(std::move(values)), most_(most) {}

  u64 length() const override { return values_.size(); }
  u64 position() const override { return position_; }
  std::size_t next(std::span<i64> out) override {
    const std::size_t count = std::min({out.size(), static_cast<std::size_t>(remaining()), most_});
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }
  void seek(u64 position) override {
    check_position(position);
    position_ = position;
  }

 private:
  std::vector<i64> values_;
  std::size_t most_;
  u64 position_ = 0;
};

std::vector<i64> values(std::size_t count) {
  std::mt19937 random(81);
  std::vector<i64> all(count);
  for (i64& value : all) value = random();
  return all;
}

TEST_CASE("a stream that only reads and seeks can be read by any stride", "[order][index_stream]") {
  for (const std::size_t length : {0, 1, 2, 1023, 1024, 1025, 5000, 20000}) {
    const std::vector<i64> expected = values(length);
    for (u64 seed = 0; seed < 10; ++seed) {
      INFO("length " << length);
      test::check_stream([&] { return std::make_shared<VectorStream>(expected); }, expected, seed);
    }
  }
}

TEST_CASE("every stride at every length of a small stream", "[order][index_stream]") {
  for (std::size_t length = 0; length <= 12; ++length) {
    const std::vector<i64> expected = values(length);
    for (u64 stride = 1; stride <= 14; ++stride) {
      for (u64 start = 0; start <= length; ++start) {
        for (std::size_t count = 0; count <= 13; ++count) {
          VectorStream stream(expected);
          stream.seek(start);
          std::vector<i64> out(count, -1);
          const std::size_t got = stream.next_strided(out, stride);
          std::vector<i64> wanted;
          u64 end = start;
          for (; wanted.size() < count && end < length; end += stride) {
            wanted.push_back(expected[end]);
          }
          INFO("length " << length << ", stride " << stride << ", from " << start << ", " << count);
          REQUIRE(got == wanted.size());
          REQUIRE(stream.position() == std::min<u64>(end, length));
          wanted.resize(count, -1);
          REQUIRE(out == wanted);
        }
      }
    }
  }
}

TEST_CASE("reads that stop short are continued", "[order][index_stream]") {
  const std::vector<i64> expected = values(5000);
  for (const std::size_t most : {1, 2, 7, 1000, 1024, 4999}) {
    for (const std::size_t wanted : {0, 1, 6, 7, 2000, 5000, 6000}) {
      INFO("at most " << most << " a read, " << wanted << " wanted");
      VectorStream stream(expected, most);
      std::vector<i64> out(wanted, -1);
      const std::size_t got = stream.fill(out);
      REQUIRE(got == std::min<std::size_t>(wanted, 5000));
      REQUIRE(stream.position() == got);
      REQUIRE(std::equal(out.begin(), out.begin() + static_cast<i64>(got), expected.begin()));
      REQUIRE(stream.fill({}) == 0);
    }
    for (const u64 stride : {1, 2, 3, 31, 1023, 1024, 1025, 4999, 5000}) {
      INFO("at most " << most << " a read, stride " << stride);
      VectorStream stream(expected, most);
      std::vector<i64> wanted;
      for (u64 place = 0; place < expected.size(); place += stride) {
        wanted.push_back(expected[place]);
      }
      std::vector<i64> out(wanted.size() + 1, -1);
      REQUIRE(stream.next_strided(out, stride) == wanted.size());
      REQUIRE(stream.position() == expected.size());
      REQUIRE(out.back() == -1);
      out.pop_back();
      REQUIRE(out == wanted);
    }
  }
}

TEST_CASE("a stream without work in between is prepared and may be read ahead",
          "[order][index_stream]") {
  VectorStream stream(values(5));
  CHECK(stream.prepare(0));
  CHECK(stream.prepare(100));
  CHECK(stream.work_per_index() == 1);
  CHECK(stream.may_read_ahead());
  CHECK(stream.position() == 0);
}

}  // namespace
}  // namespace fastsamplers::order
