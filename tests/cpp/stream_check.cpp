#include "stream_check.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>

#include "oracle.hpp"

namespace fastsamplers::test {
namespace {

constexpr u64 kMost = std::numeric_limits<u64>::max();
// No stream yields it, so it shows what a read has left alone.
constexpr i64 kUntouched = std::numeric_limits<i64>::min() + 12345;

class Walk {
 public:
  Walk(Stream& stream, const std::vector<i64>& expected, u64 seed)
      : stream_(stream), expected_(expected), choice_(static_cast<u32>(seed)) {}

  void move() {
    switch (choice_() % 8) {
      case 0:
      case 1:
      case 2: return read(1);
      case 3:
      case 4: return read(stride());
      case 5:
      case 6: return seek();
      default: return prepare();
    }
  }

 private:
  u64 below(u64 range) { return range == 0 ? 0 : two_words(choice_) % range; }

  std::size_t count() {
    static constexpr std::array<std::size_t, 12> kCounts = {0,  1,   2,    3,    7,    8,
                                                            33, 624, 1024, 2049, 4096, 5000};
    return choice_() % 3 == 0 ? static_cast<std::size_t>(below(expected_.size() + 10))
                              : kCounts[below(kCounts.size())];
  }

  u64 stride() {
    const u64 length = expected_.size();
    const std::array<u64, 14> strides = {
        1, 2, 3, 5, 8, 31, 511, 1023, 1024, 1025, length + 1, length / 2, kMost, kMost / 3};
    return std::max<u64>(1, strides[below(strides.size())]);
  }

  void read(u64 stride) {
    std::vector<i64> wanted;
    std::vector<i64> out(count(), kUntouched);
    u64 end = position_;
    while (wanted.size() < out.size() && end < expected_.size()) {
      wanted.push_back(expected_[end]);
      end += std::min(stride, expected_.size() - end);
    }
    INFO("read " << out.size() << " from " << position_ << " by stride " << stride);
    const std::size_t got =
        stride == 1 && choice_() % 2 == 0 ? stream_.next(out) : stream_.next_strided(out, stride);
    REQUIRE(got == wanted.size());
    wanted.resize(out.size(), kUntouched);
    REQUIRE(first_difference(out, wanted) == kSame);
    arrive(end);
  }

  void seek() {
    const u64 length = expected_.size();
    const std::array<u64, 5> places = {0, length, length / 2, length - std::min<u64>(1, length),
                                       below(length + 1)};
    const u64 place = places[below(places.size())];
    INFO("seek from " << position_ << " to " << place);
    stream_.seek(place);
    arrive(place);
  }

  void prepare() {
    static constexpr std::array<u64, 6> kSteps = {0, 1, 100, 4096, 100000, kMost};
    const u64 steps = kSteps[below(kSteps.size())];
    INFO("prepare " << steps << " at " << position_);
    if (steps <= 1) {
      stream_.prepare(steps);
    } else {
      // It ends: no more than one pass over a permutation can stand before an index.
      u64 calls = expected_.size() / steps + 2;
      while (!stream_.prepare(steps)) REQUIRE(calls-- > 0);
      REQUIRE(stream_.prepare(steps));
    }
    arrive(position_);
  }

  void arrive(u64 position) {
    position_ = position;
    REQUIRE(stream_.position() == position_);
    REQUIRE(stream_.length() == expected_.size());
  }

  Stream& stream_;
  const std::vector<i64>& expected_;
  std::mt19937 choice_;
  u64 position_ = 0;
};

}  // namespace

std::vector<i64> read_rest(Stream& stream, std::size_t block) {
  std::vector<i64> all;
  std::vector<i64> out(block);
  while (const std::size_t got = stream.next(out)) {
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

void check_blocks(const MakeStream& make, const std::vector<i64>& expected) {
  // Single indices of a long stream would only repeat what those of a short one show.
  const std::size_t least = expected.size() > 10000 ? 31 : 1;
  for (const std::size_t block : {expected.size() + 1, std::size_t{1}, std::size_t{3},
                                  std::size_t{31}, std::size_t{2047}, std::size_t{4097}}) {
    if (block < least) continue;
    INFO("blocks of " << block);
    const auto stream = make();
    REQUIRE(stream->position() == 0);
    REQUIRE(stream->length() == expected.size());
    REQUIRE(first_difference(read_rest(*stream, block), expected) == kSame);
    REQUIRE(stream->position() == expected.size());
    i64 more = kUntouched;
    REQUIRE(stream->next({&more, 1}) == 0);
    REQUIRE(more == kUntouched);
  }
}

void check_interleaving(Stream& stream, const std::vector<i64>& expected, u64 seed, int moves) {
  INFO("interleaving seed " << seed);
  stream.seek(0);
  Walk walk(stream, expected, seed);
  for (int i = 0; i < moves; ++i) walk.move();
}

void check_refusals(Stream& stream, const std::vector<i64>& expected) {
  const u64 length = expected.size();
  const u64 place = length / 2;
  stream.seek(place);
  for (const u64 beyond : {length + 1, kMost}) {
    CHECK_THROWS_MATCHES(stream.seek(beyond), std::invalid_argument,
                         Catch::Message("position should be at most the stream's length, but got "
                                        "position=" +
                                        std::to_string(beyond)));
    REQUIRE(stream.position() == place);
  }
  std::vector<i64> out(4, kUntouched);
  CHECK_THROWS_MATCHES(stream.next_strided(out, 0), std::invalid_argument,
                       Catch::Message("stride should be positive, but got stride=0"));
  REQUIRE(stream.position() == place);
  REQUIRE(out == std::vector<i64>(4, kUntouched));
  const std::size_t got = stream.next(out);
  for (std::size_t k = 0; k < got; ++k) REQUIRE(out[k] == expected[place + k]);
}

void check_stream(const MakeStream& make, const std::vector<i64>& expected, u64 seed, int moves) {
  check_blocks(make, expected);
  const auto stream = make();
  check_interleaving(*stream, expected, seed, moves);
  check_refusals(*stream, expected);
}

}  // namespace fastsamplers::test
