// A walk over an index stream: reads, strided reads, seeks and preparations as the input says, each
// against the plain vector that the stream stands for.
#pragma once

#include <limits>
#include <vector>

#include "fastsamplers/order/index_stream.hpp"
#include "input.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {

class Walk {
 public:
  Walk(order::IndexStream& stream, const std::vector<i64>& expected)
      : stream_(stream), expected_(expected) {
    require(stream.length() == expected.size(), "the stream's length");
  }

  // As many moves as the input has bytes for.
  void run(Input& input) {
    for (int moves = 0; moves < 40 && !input.is_empty(); ++moves) {
      switch (input.below(4)) {
        case 0: read(input, 1); break;
        case 1: read(input, std::max<u64>(1, input.number())); break;
        case 2: seek(input); break;
        default: prepare(input);
      }
      require(stream_.position() == position_, "the stream's position");
    }
  }

 private:
  // No stream yields it, so it shows what a read has left alone.
  static constexpr i64 kUntouched = std::numeric_limits<i64>::min() + 12345;

  void read(Input& input, u64 stride) {
    std::vector<i64> out(input.below(input.flag() ? 20 : expected_.size() + 10), kUntouched);
    std::vector<i64> wanted;
    u64 end = position_;
    while (wanted.size() < out.size() && end < expected_.size()) {
      wanted.push_back(expected_[end]);
      end += std::min<u64>(stride, expected_.size() - end);
    }
    std::size_t got = 0;
    if (stride == 1 && input.flag()) {
      got = stream_.fill(out);
    } else {
      got = stream_.next_strided(out, stride);
    }
    require(got == wanted.size(), "as many indices as there are");
    wanted.resize(out.size(), kUntouched);
    require_same(out, wanted, "the indices of the stream");
    position_ = end;
  }

  void seek(Input& input) {
    u64 place = position_ + input.below(5) - 2;
    if (input.flag()) place = input.flag() ? input.number() : input.below(expected_.size() + 1);
    const bool is_refused = refuses([&] { stream_.seek(place); });
    require(is_refused == (place > expected_.size()), "places behind the end are refused");
    if (!is_refused) position_ = place;
  }

  void prepare(Input& input) {
    // It ends: before an index stands at most one pass over what the stream is made of.
    const u64 steps = std::max<u64>(1, input.number());
    for (u64 calls = 100000; !stream_.prepare(steps); --calls) {
      require(calls > 0, "preparing comes to an end");
    }
  }

  order::IndexStream& stream_;
  const std::vector<i64>& expected_;
  u64 position_ = 0;
};

}  // namespace fastsamplers::fuzz
