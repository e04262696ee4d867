#include "fastsamplers/order/index_shuffle.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/order/feistel_halves.hpp"
#include "fastsamplers/order/feistel_range.hpp"
#include "fastsamplers/rng/splitmix64.hpp"

namespace fastsamplers::order {
namespace {

using Listed = std::vector<u16>;

// Pairs under way between the kernels: two or four kilobytes.
constexpr std::size_t kBlock = 512;
static_assert(kBlock % kFeistelLanes == 0);
// Values between two looks for those above n.
constexpr std::size_t kRangeBlock = 1024;
static_assert(kRangeBlock % kFeistelLanes == 0);

template <class Word>
struct Block {
  alignas(64) std::array<Word, kBlock> left;
  alignas(64) std::array<Word, kBlock> right;

  // Any pairs behind the first `count`, up to what the kernels take at once; returns how many now.
  std::size_t fill_up(std::size_t count) {
    const std::size_t end = (count + kFeistelLanes - 1) / kFeistelLanes * kFeistelLanes;
    std::fill(left.begin() + count, left.begin() + end, Word{0});
    std::fill(right.begin() + count, right.begin() + end, Word{0});
    return end;
  }
};

// The words that the keys of (n, seed, epoch) are made of.
class KeyWords {
 public:
  KeyWords(u64 n, u64 seed, u64 epoch) {
    of_seed_.absorb(n);
    of_seed_.absorb(seed);
    of_epoch_ = of_seed_;
    of_epoch_.absorb(epoch);
  }

  u64 next() { return of_seed_.next() + of_epoch_.next(); }

 private:
  rng::SplitMix64 of_seed_;
  rng::SplitMix64 of_epoch_;
};

Listed list_values(u64 n, KeyWords& words) {
  Listed values(n);
  for (u32 i = 0; i < n; ++i) {  // the inside-out shuffle: i comes in at one of the places up to i
    const u64 place = ((words.next() >> 32) * (i + 1)) >> 32;
    values[i] = values[place];
    values[place] = static_cast<u16>(i);
  }
  return values;
}

template <class Word>
FeistelRound<Word> next_key(KeyWords& words);

template <>
FeistelRound<u16> next_key(KeyWords& words) {
  const u64 word = words.next();
  return {static_cast<u16>(word | 1), static_cast<u16>(word >> 16),
          static_cast<u16>((word >> 32) | 1)};
}

template <>
FeistelRound<u32> next_key(KeyWords& words) {
  const u64 word = words.next();
  return {static_cast<u32>(word | 1), static_cast<u32>(word >> 32),
          static_cast<u32>(words.next() | 1)};
}

template <class Word>
FeistelNetwork<Word> make_network(u64 n, KeyWords& words, std::size_t rounds) {
  FeistelNetwork<Word> network;
  network.right_bits = (static_cast<u32>(std::bit_width(n - 1)) + 1) / 2;
  network.left_size = static_cast<Word>(((n - 1) >> network.right_bits) + 1);
  network.rounds = rounds;
  for (std::size_t r = 0; r < rounds; ++r) network.round[r] = next_key<Word>(words);
  return network;
}

// The value at a place, or at what stands there for a value above n.
template <class Word>
i64 walk(const FeistelNetwork<Word>& network, u64 n, u64 place) {
  do {
    place = value_of_pair(forward_pair(network, pair_of_place(place, network)), network);
  } while (place >= n);
  return static_cast<i64>(place);
}

template <class Word>
i64 walk_back(const FeistelNetwork<Word>& network, u64 n, u64 value) {
  do {
    value = place_of_pair(backward_pair(network, pair_of_value(value, network)), network);
  } while (value >= n);
  return static_cast<i64>(value);
}

// Sends the indices from n on, of which `most` is the greatest, on their way: `go` is one of the
// above.
template <class Word>
void bring_below(u64 n, const FeistelNetwork<Word>& network, std::span<i64> indices, i64 most,
                 i64 (*go)(const FeistelNetwork<Word>&, u64, u64)) {
  if (static_cast<u64>(most) < n) return;
  for (i64& index : indices) {
    if (static_cast<u64>(index) >= n) index = go(network, n, static_cast<u64>(index));
  }
}

// out = the values of as many of the block's first pairs.
template <class Word>
void run_forward(const FeistelNetwork<Word>& network, u64 n, Block<Word>& block,
                 std::span<i64> out) {
  Word* const left = block.left.data();
  Word* const right = block.right.data();
  FeistelKernels<Word>::forward.active()(network, block.fill_up(out.size()), left, right);
  const i64 most = HalvesKernels<Word>::join_values.active()(left, right, network.left_size,
                                                             out.size(), out.data());
  bring_below<Word>(n, network, out, most, walk<Word>);
}

template <class Word>
void run_backward(const FeistelNetwork<Word>& network, u64 n, Block<Word>& block,
                  std::span<i64> out) {
  Word* const left = block.left.data();
  Word* const right = block.right.data();
  FeistelKernels<Word>::backward.active()(network, block.fill_up(out.size()), left, right);
  const i64 most = HalvesKernels<Word>::join_places.active()(left, right, network.right_bits,
                                                             out.size(), out.data());
  bring_below<Word>(n, network, out, most, walk_back<Word>);
}

// What is asked of a shuffle, for each of its forms.

struct ValueAt {
  u64 n;
  u64 place;

  i64 operator()(const Listed& values) const { return values[place]; }
  template <class Word>
  i64 operator()(const FeistelNetwork<Word>& network) const {
    return walk(network, n, place);
  }
};

struct PlaceOf {
  u64 n;
  u64 value;

  i64 operator()(const Listed& values) const {
    return std::find(values.begin(), values.end(), value) - values.begin();
  }
  template <class Word>
  i64 operator()(const FeistelNetwork<Word>& network) const {
    return walk_back(network, n, value);
  }
};

struct ValuesOfRange {
  u64 n;
  u64 first;
  u64 step;
  std::span<i64> out;

  void operator()(const Listed& values) const {
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = values[first + k * step];
  }
  template <class Word>
  void operator()(const FeistelNetwork<Word>& network) const {
    std::size_t done = 0;
    if constexpr (sizeof(Word) == 2) {
      done = out.size() / kFeistelLanes * kFeistelLanes;
      for (std::size_t k = 0; k < done; k += kRangeBlock) {
        const std::span<i64> part = out.subspan(k, std::min(kRangeBlock, done - k));
        const i64 most =
            kRangeValues.active()(network, first + k * step, step, part.size(), part.data());
        bring_below<Word>(n, network, part, most, walk<Word>);
      }
    }
    Block<Word> block;
    for (; done < out.size(); done += kBlock) {
      const std::size_t count = std::min(kBlock, out.size() - done);
      HalvesKernels<Word>::cut_range.active()(first + done * step, step, network.right_bits, count,
                                              block.left.data(), block.right.data());
      run_forward(network, n, block, out.subspan(done, count));
    }
  }
};

struct ValuesAt {
  u64 n;
  std::span<i64> out;

  void operator()(const Listed& values) const {
    for (i64& index : out) index = values[static_cast<u64>(index)];
  }
  template <class Word>
  void operator()(const FeistelNetwork<Word>& network) const {
    Block<Word> block;
    for (std::size_t done = 0; done < out.size(); done += kBlock) {
      const std::span<i64> part = out.subspan(done, std::min(kBlock, out.size() - done));
      HalvesKernels<Word>::cut_places.active()(part.data(), network.right_bits, part.size(),
                                               block.left.data(), block.right.data());
      run_forward(network, n, block, part);
    }
  }
};

struct PlacesOf {
  u64 n;
  std::span<i64> out;

  void operator()(const Listed& values) const {
    std::array<u16, kMostListed> places;
    for (std::size_t k = 0; k < values.size(); ++k) places[values[k]] = static_cast<u16>(k);
    for (i64& index : out) index = places[static_cast<u64>(index)];
  }
  template <class Word>
  void operator()(const FeistelNetwork<Word>& network) const {
    Block<Word> block;
    for (std::size_t done = 0; done < out.size(); done += kBlock) {
      const std::span<i64> part = out.subspan(done, std::min(kBlock, out.size() - done));
      HalvesKernels<Word>::cut_values.active()(part.data(), network.left_size, part.size(),
                                               block.left.data(), block.right.data());
      run_backward(network, n, block, part);
    }
  }
};

}  // namespace

IndexShuffle::IndexShuffle(u64 n, u64 seed, u64 epoch, std::size_t rounds) : n_(n) {
  check_argument(n >= 1 && n <= kMostShuffled, "n", "in [1, 2**62]", n);
  check_argument(rounds <= kMostRounds && rounds % 2 == 0, "rounds", "even and at most 16", rounds);
  KeyWords words(n, seed, epoch);
  if (n <= kMostListed) {
    form_ = list_values(n, words);
  } else if (n <= kMostNarrow) {
    form_ = make_network<u16>(n, words, rounds);
  } else {
    form_ = make_network<u32>(n, words, rounds);
  }
}

i64 IndexShuffle::value_at(i64 place) const {
  return std::visit(ValueAt{n_, static_cast<u64>(place)}, form_);
}

i64 IndexShuffle::place_of(i64 value) const {
  return std::visit(PlaceOf{n_, static_cast<u64>(value)}, form_);
}

void IndexShuffle::values_of_range(i64 first, i64 step, std::span<i64> out) const {
  std::visit(ValuesOfRange{n_, static_cast<u64>(first), static_cast<u64>(step), out}, form_);
}

void IndexShuffle::values_at(std::span<i64> places) const {
  std::visit(ValuesAt{n_, places}, form_);
}

void IndexShuffle::places_of(std::span<i64> values) const {
  std::visit(PlacesOf{n_, values}, form_);
}

}  // namespace fastsamplers::order
