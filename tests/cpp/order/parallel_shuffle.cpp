// The shuffles by several threads, straight from the function that makes the threads, against the
// same steps by one.

#include "fastsamplers/order/parallel_shuffle.hpp"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "fastsamplers/order/permutation.hpp"
#include "isa_levels.hpp"
#include "oracle.hpp"
#include "sweep.hpp"
#include "thread_counts.hpp"

namespace fastsamplers::order {
namespace {

using rng::Mt19937;

constexpr u64 kSeed = 31;
constexpr u32 kDecoded = 0;
constexpr u32 kCoded = ~u32{0};
constexpr i64 kGuard = -1;
// Steps of a block that fall to a thread, at most: where a block ends, an off-by-one would show.
constexpr u64 kPart = 16384;

struct Span {
  u64 first;
  u64 end;
};

Mt19937 engine_after(u64 words) {
  Mt19937 engine(kSeed);
  for (u64 i = 0; i < words; ++i) engine.random();
  return engine;
}

// Spans of steps that end before, at and after the ends of blocks, from 0 and from within a block
// of the engine. None is longer than `most`.
std::vector<Span> spans(u64 base, u64 most, std::size_t threads) {
  std::vector<Span> all;
  for (const u64 first : {u64{0}, u64{1001}}) {
    for (const u64 steps :
         test::sweep({u64{0}, u64{1}, u64{2}, u64{623}, threads - 1, threads + 1, kPart - 1, kPart,
                      kPart + 1, threads * kPart - 1, threads * kPart, threads * kPart + 1,
                      2 * threads * kPart + 5000})) {
      if (first + steps <= most) all.push_back({base + first, base + first + steps});
    }
  }
  return all;
}

// The steps up to `span.first` have been done, those of the span are to be done.
class ForwardCase {
 public:
  ForwardCase(u64 n, Span span) : span_(span), before_(n, 0) {
    const test::ThreadCount one(1);
    ForwardShuffle shuffle(Mt19937(kSeed), before_);
    shuffle.advance(span.first);
    const std::vector<u32> done = before_;
    shuffle.advance(span.end);
    after_ = std::exchange(before_, done);
    engine_before_ = engine_after(span.first);
    engine_behind_ = engine_after(span.end);
  }

  void check(std::size_t threads, u32 coded, bool with_out) const {
    INFO(threads << " threads, steps from " << span_.first << " to " << span_.end << " of "
                 << before_.size() << ", coded " << coded << ", out " << with_out);
    std::vector<u32> places = before_;
    std::vector<i64> out(span_.end - span_.first + 1, kGuard);
    Mt19937 engine = engine_before_;
    REQUIRE(parallel_forward_steps(engine, places, coded, span_.first, span_.end,
                                   with_out ? out.data() : nullptr, threads));
    CHECK(test::same_state(engine, engine_behind_));
    if (with_out) {
      CHECK(out.back() == kGuard);
      const std::span<const u32> made{after_.data() + span_.first, out.size() - 1};
      CHECK(test::first_difference(std::span<const i64>{out.data(), made.size()}, made) ==
            test::kSame);
    } else {
      CHECK(out == std::vector<i64>(out.size(), kGuard));
    }
    for (u64 i = span_.first; i < span_.end; ++i) places[i] ^= static_cast<u32>(i) & coded;
    CHECK(test::first_difference(places, after_) == test::kSame);
  }

 private:
  Span span_;
  std::vector<u32> before_;
  std::vector<u32> after_;  // final places hold their values as they are
  Mt19937 engine_before_{0};
  Mt19937 engine_behind_{0};
};

TEST_CASE("forward steps by any number of threads are those of one", "[order][parallel_shuffle]") {
  constexpr u64 kEnd = 300011;
  const ForwardCase steps(kParallelPlaces + kEnd, {777, kEnd});
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    INFO(test::name_of(isa));
    for (const std::size_t threads : test::sweep({1, 2, 3, 5, 8, 17})) {
      for (const u32 coded : {kDecoded, kCoded}) {
        for (const bool with_out : {false, true}) steps.check(threads, coded, with_out);
      }
    }
  }
}

TEST_CASE("forward steps end where they should, wherever blocks end", "[order][parallel_shuffle]") {
  constexpr u64 kMost = 180000;
  for (const std::size_t threads : {2, 5}) {
    for (const Span span : spans(0, kMost, threads)) {
      ForwardCase(kParallelPlaces + kMost, span).check(threads, kCoded, true);
    }
  }
}

TEST_CASE("forward steps far from the last place", "[order][parallel_shuffle]") {
  // Seventeen threads share blocks of full length here.
  constexpr u64 kPlaces = 17 * 16 * kPart + 700000;
  const ForwardCase steps(kPlaces, {50000, 690000});
  for (const std::size_t threads : {2, 17}) steps.check(threads, kDecoded, true);
}

// The places of `end` steps: those before `first` are done, `guards` lie behind the last.
template <class Place>
class InsideOutCase {
 public:
  static constexpr std::size_t kGuards = 8;
  static constexpr auto kUntouched = static_cast<Place>(0xdeadbeefdeadbeefULL);

  explicit InsideOutCase(Span span) : span_(span), before_(span.end + kGuards, kUntouched) {
    // Above 2^32 a place has 8 bytes; the steps before touch none behind theirs.
    const u64 n = sizeof(Place) == 8 ? (u64{1} << 32) + 1 : span.end;
    const test::ThreadCount one(1);
    InsideOutShuffle shuffle(Mt19937(kSeed), n, before_.data());
    shuffle.advance(span.first);
    const std::vector<Place> done = before_;
    shuffle.advance(span.end);
    after_ = std::exchange(before_, done);
    engine_before_ = engine_after(2 * span.first);
    engine_behind_ = engine_after(2 * span.end);
  }

  void check(std::size_t threads) const {
    INFO(threads << " threads, steps from " << span_.first << " to " << span_.end);
    std::vector<Place> places = before_;
    Mt19937 engine = engine_before_;
    REQUIRE(parallel_inside_out_steps(engine, places.data(), span_.first, span_.end, threads));
    CHECK(test::same_state(engine, engine_behind_));
    CHECK(test::first_difference(places, after_) == test::kSame);
  }

 private:
  Span span_;
  std::vector<Place> before_;
  std::vector<Place> after_;
  Mt19937 engine_before_{0};
  Mt19937 engine_behind_{0};
};

TEMPLATE_TEST_CASE("inside-out steps by any number of threads are those of one",
                   "[order][parallel_shuffle]", u32, u64) {
  const InsideOutCase<TestType> steps({kParallelPlaces + 777, kParallelPlaces + 300011});
  for (const Isa isa : test::supported_levels()) {
    const test::ActiveIsa active(isa);
    INFO(test::name_of(isa));
    for (const std::size_t threads : {1, 2, 3, 5, 8, 17}) steps.check(threads);
  }
}

TEMPLATE_TEST_CASE("inside-out steps end where they should, wherever blocks end",
                   "[order][parallel_shuffle]", u32, u64) {
  constexpr std::size_t kThreads = 3;
  for (const Span span : spans(kParallelPlaces, 110000, kThreads)) {
    InsideOutCase<TestType>(span).check(kThreads);
  }
}

TEMPLATE_TEST_CASE("inside-out steps far from the first place", "[order][parallel_shuffle]", u32,
                   u64) {
  constexpr u64 kFirst = 17 * 16 * kPart;
  const InsideOutCase<TestType> steps({kFirst, kFirst + 600001});
  for (const std::size_t threads : {2, 17}) steps.check(threads);
}

TEST_CASE("sizes from which threads are worth their start", "[order][parallel_shuffle]") {
  CHECK(kParallelPlaces == 2097152);
  CHECK(kParallelSteps == 131072);
}

}  // namespace
}  // namespace fastsamplers::order
