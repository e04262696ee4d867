// Items of a user's array in an order that may lead outside of it.
#include "fastsamplers/order/subset.hpp"

#include <limits>

#include "fastsamplers/order/stored.hpp"
#include "integer_arrays.hpp"
#include "isa_levels.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

template <class T>
bool is_index(T value) {
  return std::is_signed_v<T> || static_cast<u64>(value) <= ~u64{0} >> 1;
}

template <class T>
void check(Input& input, const std::vector<T>& values, const test::Layout& layout) {
  const test::LaidOut<T> laid_out(values, layout);
  const u64 n = values.size();
  std::vector<u32> order = input.words<u32>(1 + input.below(300));
  for (u32& index : order) index = n == 0 ? index : static_cast<u32>(index % n);
  if (input.below(4) == 3) order[input.below(order.size())] = static_cast<u32>(input.number());
  const auto shared = std::make_shared<PageVector<u32>>(order.begin(), order.end());
  order::SubsetStream stream(std::make_shared<order::StoredStream>(shared), laid_out.array(),
                             nullptr);
  for (int reads = 0; reads < 20 && stream.position() < stream.length(); ++reads) {
    const u64 before = stream.position();
    const u64 stride = input.flag() ? 1 : input.between(1, 5);
    std::vector<i64> out(1 + input.below(100));
    std::vector<i64> expected;
    bool fits = true;
    for (u64 k = before; k < order.size() && expected.size() < out.size(); k += stride) {
      fits = fits && order[k] < n && is_index(values[order[k]]);
      expected.push_back(fits ? static_cast<i64>(values[order[k]]) : 0);
    }
    std::size_t got = 0;
    const bool is_refused = refuses<std::out_of_range>([&] {
      got = stride == 1 && input.flag() ? stream.next(out) : stream.next_strided(out, stride);
    });
    require(is_refused != fits, "an item is refused where there is none");
    if (is_refused) {
      require(stream.position() == before, "what is refused does not move the stream");
      stream.seek(input.below(order.size() + 1));
      continue;
    }
    out.resize(got);
    require_same(out, expected, "the items");
  }
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  fuzz::with_values(input, 500, [&](const auto& values, const test::Layout& layout) {
    fuzz::check(input, values, layout);
  });
  return 0;
}
