#include "streams.hpp"

#include <array>

#include "fastsamplers/order/index_shuffle_stream.hpp"
#include "fastsamplers/order/permutation_stream.hpp"
#include "fastsamplers/order/read_ahead.hpp"
#include "fastsamplers/order/replacement.hpp"
#include "fastsamplers/order/sequential.hpp"
#include "fastsamplers/order/stored.hpp"
#include "fastsamplers/weighted/weighted_stream.hpp"
#include "oracle.hpp"
#include "order/shuffle_reference.hpp"
#include "weighted/multinomial.hpp"

namespace fastsamplers::fuzz {
namespace {

u64 length_of(Input& input) { return input.below(input.flag() ? 40 : 3000); }

StreamCase sequential(Input& input) {
  const u64 length = length_of(input);
  const i64 first = input.take<i32>();
  const i64 step = input.take<i32>();
  StreamCase made{std::make_shared<order::SequentialStream>(length, first, step), {}};
  for (u64 k = 0; k < length; ++k) made.expected.push_back(first + static_cast<i64>(k) * step);
  return made;
}

StreamCase permutation(Input& input) {
  const u64 seed = input.take<u32>();
  const u64 n = 1 + length_of(input);
  const u64 length = length_of(input);
  return {std::make_shared<order::PermutationStream>(rng::Mt19937(seed), n, length),
          test::repeated_permutation(seed, n, length)};
}

StreamCase with_replacement(Input& input) {
  const u64 seed = input.take<u32>();
  const u64 n = input.number(1, ~u64{0} >> 1);
  const u64 length = length_of(input);
  std::mt19937 words = test::words_of(seed);
  return {std::make_shared<order::ReplacementStream>(rng::Mt19937(seed), n, length),
          test::bounded_integers(words, 0, n, length)};
}

StreamCase index_shuffle(Input& input) {
  const u64 n = 1 + input.below(input.flag() ? 300 : 6000);
  const u64 seed = input.take<u64>();
  const u64 epoch = input.number();
  const u64 length = length_of(input);
  StreamCase made{std::make_shared<order::IndexShuffleStream>(n, seed, epoch, length), {}};
  for (u64 turn = 0; made.expected.size() < length; ++turn) {
    const test::ReferenceShuffle shuffle(n, seed, epoch + turn);
    for (const i64 value : shuffle.values(std::min(n, length - made.expected.size()))) {
      made.expected.push_back(value);
    }
  }
  return made;
}

StreamCase weighted(Input& input) {
  const auto kind = input.pick(test::kWeightKinds);
  const auto precision = input.pick(test::kPrecisions);
  const std::vector<double> values = test::weights_of(kind, precision, 1 + input.below(300));
  const test::StoredWeights stored(values, precision);
  weighted::CdfTableBuilder builder(stored.weights());
  while (!builder.advance(1000)) {
  }
  const u64 seed = input.take<u32>();
  const u64 length = length_of(input);
  StreamCase made{
      std::make_shared<weighted::WeightedStream>(builder.table(), rng::Mt19937(seed), length), {}};
  std::mt19937 words = test::words_of(seed);
  const std::vector<double> distribution = test::distribution_of(values, precision);
  for (const u64 point : test::uniform_points(words, length)) {
    made.expected.push_back(test::index_at(distribution, point));
  }
  return made;
}

StreamCase stored(Input& input) {
  const auto indices = input.words<u32>(1 + length_of(input));
  const auto shared = std::make_shared<PageVector<u32>>(indices.begin(), indices.end());
  return {std::make_shared<order::StoredStream>(shared), {indices.begin(), indices.end()}};
}

StreamCase plain_order_of(Input& input) {
  switch (input.below(6)) {
    case 0: return sequential(input);
    case 1: return permutation(input);
    case 2: return with_replacement(input);
    case 3: return index_shuffle(input);
    case 4: return weighted(input);
    default: return stored(input);
  }
}

}  // namespace

StreamCase order_of(Input& input) {
  const bool is_read_ahead = input.below(8) == 7;
  StreamCase made = plain_order_of(input);
  if (is_read_ahead) made.stream = std::make_shared<order::ReadAhead>(made.stream);
  return made;
}

}  // namespace fastsamplers::fuzz
