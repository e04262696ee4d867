// Steps of both shuffles by several threads against the plain loop, in the least array in which they
// are shared.
#include "fastsamplers/order/parallel_shuffle.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "input.hpp"
#include "isa_levels.hpp"
#include "require.hpp"

namespace fastsamplers::fuzz {
namespace {

using order::kParallelPlaces;

constexpr u64 kMostSteps = 40000;

// Steps beside the ends of the blocks that a thread makes the lists of, or any.
u64 steps_of(Input& input, std::size_t threads) {
  constexpr u64 kPart = 16384;
  if (input.flag()) return input.below(2000);
  return std::min(kMostSteps, kPart * input.below(threads + 1) + input.below(3));
}

// The plain loop over an array that is the identity but for what it has changed.
class Touched {
 public:
  i64& at(u64 place) { return values_.try_emplace(place, static_cast<i64>(place)).first->second; }
  const std::unordered_map<u64, i64>& values() const { return values_; }

 private:
  std::unordered_map<u64, i64> values_;
};

// Arrays are kept from one input to the next, as an identity: 8 MB would take longer to make than
// the steps.
template <class Place>
std::vector<Place>& identity() {
  static std::vector<Place> places;
  for (u64 k = places.size(); k < kParallelPlaces + 1000 + kMostSteps; ++k) {
    places.push_back(static_cast<Place>(k));
  }
  return places;
}

rng::Mt19937 engine_of(u64 seed, u64 words) {
  rng::Mt19937 engine(seed);
  engine.skip(words);
  return engine;
}

void check_forward(Input& input, std::size_t threads, u64 seed) {
  const u64 first = input.below(1000);
  const u64 end = first + steps_of(input, threads);
  const u64 n = end + kParallelPlaces + input.below(100);
  const u32 coded = input.flag() ? ~u32{0} : 0;
  static std::vector<u32> all(kParallelPlaces + 2 * kMostSteps);
  const std::span<u32> places(all.data(), n);
  rng::Mt19937 plain = engine_of(seed, first);
  rng::Mt19937 engine = plain;
  Touched touched;
  std::vector<i64> out(end - first, -1);
  std::vector<i64> expected;
  for (u64 i = first; i < end; ++i) {
    const u64 z = i + plain.random() % (n - i);
    std::swap(touched.at(i), touched.at(z));
    expected.push_back(touched.at(i));
  }
  const bool writes = input.flag();
  require(order::parallel_forward_steps(engine, places, coded, first, end,
                                        writes ? out.data() : nullptr, threads),
          "there is memory for the lists");
  if (writes) require_same(out, expected, "what the steps make final");
  require(test::same_state(engine, plain), "the engine stands behind the words of the steps");
  for (const auto& [place, value] : touched.values()) {
    const u64 mask = place >= first && place < end ? place & coded : place;
    require(places[place] == (static_cast<u64>(value) ^ mask), "a place of the array");
    places[place] = 0;
  }
  static const std::vector<u32> zeros(all.size());
  require(std::memcmp(all.data(), zeros.data(), all.size() * sizeof(u32)) == 0,
          "the other places are left alone");
}

// As if the steps before had changed nothing.
template <class Place>
void check_inside_out(Input& input, std::size_t threads, u64 seed) {
  const u64 first = kParallelPlaces + input.below(1000);
  const u64 end = first + steps_of(input, threads);
  auto& places = identity<Place>();
  static const std::vector<Place> untouched = places;
  rng::Mt19937 plain = engine_of(seed, 2 * first);
  rng::Mt19937 engine = plain;
  Touched touched;
  for (u64 i = first; i < end; ++i) {
    const u64 z = plain.random64() % (i + 1);
    touched.at(i) = touched.at(z);
    touched.at(z) = static_cast<i64>(i);
  }
  require(order::parallel_inside_out_steps(engine, places.data(), first, end, threads),
          "there is memory for the lists");
  require(test::same_state(engine, plain), "the engine stands behind the words of the steps");
  for (const auto& [place, value] : touched.values()) {
    require(places[place] == static_cast<Place>(value), "a place of the array");
    places[place] = static_cast<Place>(place);
  }
  require(std::memcmp(places.data(), untouched.data(), places.size() * sizeof(Place)) == 0,
          "the other places are left alone");
}

}  // namespace
}  // namespace fastsamplers::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const std::size_t threads = input.between(1, 4);
  const u64 seed = input.take<u32>();
  switch (input.below(4)) {
    case 0: fuzz::check_inside_out<u32>(input, threads, seed); break;
    case 1: fuzz::check_inside_out<u64>(input, threads, seed); break;
    default: fuzz::check_forward(input, threads, seed);
  }
  return 0;
}
