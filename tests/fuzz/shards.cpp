// Shards, and shards of shards, against slices of the plain list, which begins again at its end.
#include "fastsamplers/shard/block_shard.hpp"
#include "fastsamplers/shard/strided_shard.hpp"
#include "isa_levels.hpp"
#include "streams.hpp"
#include "walk.hpp"

namespace fastsamplers::fuzz {
namespace {

constexpr u64 kMost = ~u64{0} >> 1;

StreamCase strided(Input& input, const StreamCase& order) {
  const u64 n = order.expected.size();
  const u64 stride = input.number(1, kMost);
  const u64 first = input.number(0, kMost);
  const u64 length = input.flag() ? input.number() : input.below(400);
  const bool fits = length <= (kMost - first) / stride && (n > 0 || length == 0);
  StreamCase made;
  const bool is_refused = refuses([&] {
    made.stream = std::make_shared<shard::StridedShard>(order.stream, first, stride, length);
  });
  require(is_refused != fits, "a shard is refused where its positions do not fit");
  if (is_refused || length > 3000) return {};
  for (u64 k = 0; k < length; ++k)
    made.expected.push_back(order.expected[(first + k * stride) % n]);
  return made;
}

StreamCase in_blocks(Input& input, const StreamCase& order) {
  const u64 n = order.expected.size();
  const u64 block = input.number(0, kMost);
  const u64 period = input.number(0, kMost);
  const u64 first = input.number(0, kMost);
  const u64 length = input.below(400);
  __extension__ using Wide = unsigned __int128;
  const Wide last = block == 0 || length == 0
                        ? Wide{first}
                        : Wide{first} + Wide{(length - 1) / block} * period + (length - 1) % block;
  const bool fits = block > 0 && period >= block && last <= kMost && (n > 0 || length == 0);
  StreamCase made;
  const bool is_refused = refuses([&] {
    made.stream = std::make_shared<shard::BlockShard>(order.stream, first, block, period, length);
  });
  require(is_refused != fits, "a shard is refused where its positions do not fit");
  if (is_refused) return {};
  for (u64 k = 0; k < length; ++k) {
    made.expected.push_back(order.expected[(first + k / block * period + k % block) % n]);
  }
  return made;
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  fuzz::StreamCase made = fuzz::order_of(input);
  for (u64 depth = input.between(1, 3); depth > 0 && made.stream; --depth) {
    made = input.flag() ? fuzz::strided(input, made) : fuzz::in_blocks(input, made);
  }
  if (made.stream) fuzz::Walk(*made.stream, made.expected).run(input);
  return 0;
}
