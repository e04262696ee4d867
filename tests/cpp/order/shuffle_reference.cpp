#include "order/shuffle_reference.hpp"

#include <algorithm>

namespace fastsamplers::test {
namespace {

constexpr u64 kGolden = 0x9e3779b97f4a7c15;

u64 stafford13(u64 z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

u64 ReferenceNetwork::spread(u64 half, const ReferenceRound& round) const {
  const u64 words = u64{1} << word_bits;
  const u64 low = half * round.multiplier % words;
  if (word_bits == 16) {
    const u64 high = half * round.multiplier / words;
    return (low ^ high ^ round.mask) * round.mixer % words;
  }
  const u64 mixed = (low ^ (low / 32768) ^ round.mask) * round.mixer % words;
  return mixed ^ (mixed / 32768);
}

ReferenceNetwork::Pair ReferenceNetwork::forward(Pair pair) const {
  const u64 words = u64{1} << word_bits;
  for (std::size_t r = 0; r < rounds.size(); ++r) {
    if (r % 2 == 0) {
      pair.first = (pair.first + spread(pair.second, rounds[r]) * a / words) % a;
    } else {
      pair.second = (pair.second + spread(pair.first, rounds[r]) / (words / b)) % b;
    }
  }
  return pair;
}

ReferenceNetwork::Pair ReferenceNetwork::backward(Pair pair) const {
  const u64 words = u64{1} << word_bits;
  for (std::size_t r = rounds.size(); r-- > 0;) {
    if (r % 2 == 0) {
      pair.first = (pair.first + a - spread(pair.second, rounds[r]) * a / words) % a;
    } else {
      pair.second = (pair.second + b - spread(pair.first, rounds[r]) / (words / b)) % b;
    }
  }
  return pair;
}

ReferenceShuffle::ReferenceShuffle(u64 n, u64 seed, u64 epoch)
    : ReferenceShuffle(n, seed, epoch, 8) {}

ReferenceShuffle::ReferenceShuffle(u64 n, u64 seed, u64 epoch, std::size_t rounds) : n_(n) {
  u64 of_seed = stafford13(stafford13(kGolden + n) + kGolden + seed);
  u64 of_epoch = stafford13(of_seed + kGolden + epoch);
  const auto next = [&] {
    of_seed += kGolden;
    of_epoch += kGolden;
    return stafford13(of_seed) + stafford13(of_epoch);
  };
  if (n <= 4096) {
    for (u64 i = 0; i < n; ++i) {
      const u64 place = next() / 4294967296 * (i + 1) / 4294967296;
      listed_.push_back(0);
      listed_[i] = listed_[place];
      listed_[place] = i;
    }
    return;
  }
  u32 bits = 0;  // the least with 2^bits >= n
  while ((u64{1} << bits) < n) ++bits;
  network_.word_bits = n <= 2147483648 ? 16 : 32;
  network_.b = u64{1} << (bits / 2 + bits % 2);
  network_.a = n / network_.b + (n % network_.b == 0 ? 0 : 1);
  for (std::size_t r = 0; r < rounds; ++r) {
    const u64 word = next();
    if (network_.word_bits == 16) {
      network_.rounds.push_back(
          {word % 65536 | 1, word / 65536 % 65536, word / 4294967296 % 65536 | 1});
    } else {
      network_.rounds.push_back(
          {word % 4294967296 | 1, word / 4294967296, next() % 4294967296 | 1});
    }
  }
}

i64 ReferenceShuffle::value_at(u64 place) const {
  if (!listed_.empty()) return static_cast<i64>(listed_.at(place));
  do {
    const auto [left, right] = network_.forward({place / network_.b, place % network_.b});
    place = right * network_.a + left;
  } while (place >= n_);
  return static_cast<i64>(place);
}

i64 ReferenceShuffle::place_of(u64 value) const {
  if (!listed_.empty()) {
    return std::find(listed_.begin(), listed_.end(), value) - listed_.begin();
  }
  do {
    const auto [left, right] = network_.backward({value % network_.a, value / network_.a});
    value = left * network_.b + right;
  } while (value >= n_);
  return static_cast<i64>(value);
}

std::vector<i64> ReferenceShuffle::values(u64 count) const {
  std::vector<i64> all(count);
  for (u64 place = 0; place < count; ++place) all[place] = value_at(place);
  return all;
}

}  // namespace fastsamplers::test
