#include "fastsamplers/order/parallel_shuffle.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/base/prefetch.hpp"
#include "fastsamplers/order/owned_steps.hpp"
#include "fastsamplers/rng/remainders.hpp"

namespace fastsamplers::order {
namespace {

// Steps of a block that one thread makes the lists of. Two threads, n = 2e7 and 1e8, ns a step with
// 5,000 / 10,000 / 20,000 / 40,000: 5.0 / 4.8 / 5.0 / 5.0 and 5.7 / 5.4 / 5.4 / 6.0.
constexpr std::size_t kPartSteps = 16384;
// Blocks are kept small beside the tail, so that few targets lie in the window.
constexpr u64 kLeastTailBlocks = 16;
constexpr std::size_t kChunkSteps = 1024;

struct Range {
  u64 low;
  u64 size;
};

struct Forward {
  using Target = u32;
  static constexpr std::size_t kWords = 1;
  static constexpr bool kWindowFirst = true;

  std::span<u32> places;
  u32 coded;
  u64 first;  // where `out` begins
  i64* out;

  Range tail(u64, u64 end) const { return {end, places.size() - end}; }
  void targets(const u32* words, u64 i, std::size_t count, u32* targets) const {
    rng::kForwardTargets.active()(words, i, places.size(), count, targets);
  }
  const void* address(u32 z) const { return places.data() + z; }
  void step(u64 step, u32 z) const {
    u32* const place = places.data();
    const auto i = static_cast<u32>(step);
    const u32 value_i = place[i] ^ i;
    const u32 value_z = place[z] ^ z;
    place[z] = value_i ^ z;
    place[i] = value_z ^ (i & coded);
    if (out == nullptr) return;
    const i64 index = value_z;
    std::memcpy(out + (step - first), &index, sizeof(index));
  }
};

template <class Place>
struct InsideOut {
  using Target = Place;
  static constexpr std::size_t kWords = 2;
  static constexpr bool kWindowFirst = false;

  Place* place;

  Range tail(u64 first, u64) const { return {0, first}; }
  void targets(const u32* words, u64 i, std::size_t count, Place* targets) const {
    const auto make = rng::kInsideOutTargets.active();
    if constexpr (std::is_same_v<Place, u64>) {
      make(words, i, count, targets);
    } else {
      std::array<u64, kChunkSteps> wide;
      make(words, i, count, wide.data());
      for (std::size_t k = 0; k < count; ++k) targets[k] = static_cast<Place>(wide[k]);
    }
  }
  const void* address(Place z) const { return place + z; }
  void step(u64 i, Place z) const {
    place[i] = place[z];
    place[z] = static_cast<Place>(i);
  }
};

// The steps of one part of a block, by owner: owner o has those from begins[o] to begins[o + 1].
template <class Target>
struct Lists {
  explicit Lists(std::size_t owners)
      : begins(owners + 1), targets(kPartSteps + kOwnedPadding), steps(targets.size()) {}

  // Keeps for the next owner what lies in its range.
  void append(std::size_t owner, std::span<const Target> part, u32 first_step, Range range) {
    const std::size_t at = begins[owner];
    const auto low = static_cast<Target>(range.low);
    const auto size = static_cast<Target>(range.size);
    std::size_t kept;
    if constexpr (std::is_same_v<Target, u32>) {
      kept = kOwnedSteps.active()(part.data(), part.size(), first_step, low, size, &targets[at],
                                  &steps[at]);
    } else {
      kept = owned_steps(part.data(), part.size(), first_step, low, size, &targets[at], &steps[at]);
    }
    begins[owner + 1] = at + kept;
  }

  std::vector<std::size_t> begins;
  std::vector<Target> targets;
  std::vector<u32> steps;  // counted from the block's first
};

template <class Kind>
class ParallelShuffle {
 public:
  ParallelShuffle(Kind kind, const rng::Mt19937& engine, u64 first, u64 end, std::size_t threads)
      : kind_(kind),
        first_(first),
        end_(end),
        threads_(threads),
        block_(block_steps(kind.tail(first, end).size, threads)),
        engines_(threads, engine),
        targets_(threads, std::vector<Target>(kPartSteps)),
        barrier_(threads, [this] { between_blocks(); }) {
    for (auto& lists : lists_) lists.assign(threads, Lists<Target>(threads + 1));
  }

  void run(std::size_t thread) {
    make_lists(thread, 0);
    barrier_.arrive_and_wait();
    for (u64 block = 0; begin(block) < end_; ++block) {
      for (const Lists<Target>& lists : lists_[block % 2]) do_steps(lists, thread, begin(block));
      make_lists(thread, block + 1);
      barrier_.arrive_and_wait();
    }
  }

  // Where the words behind the last step begin.
  const rng::Mt19937& engine() const { return engines_[0]; }

 private:
  using Target = typename Kind::Target;

  static u64 block_steps(u64 tail, std::size_t threads) {
    const u64 most = tail / kLeastTailBlocks / threads;
    return std::clamp<u64>(most, 1, kPartSteps) * threads;
  }

  u64 begin(u64 block) const { return std::min(first_ + block * block_, end_); }

  // What thread `owner` of the tail works on; one past the last thread is the window.
  Range range_of(std::size_t owner, u64 block) const {
    const u64 first = begin(block);
    const u64 end = begin(block + 1);
    if (owner == threads_) return {first, end - first};
    const Range tail = kind_.tail(first, end);
    const u64 low = tail.size / threads_ * owner;
    const u64 high = owner + 1 == threads_ ? tail.size : tail.size / threads_ * (owner + 1);
    return {tail.low + low, high - low};
  }

  // Of this thread's part of the block's steps.
  void make_lists(std::size_t thread, u64 block) {
    const u64 first = begin(block);
    const u64 end = begin(block + 1);
    const u64 part = block_ / threads_;
    const u64 from = std::min(first + thread * part, end);
    const u64 to = std::min(from + part, end);
    rng::Mt19937& engine = engines_[thread];
    engine.skip(Kind::kWords * (from - first));
    const std::span targets{targets_[thread].data(), static_cast<std::size_t>(to - from)};
    std::array<u32, Kind::kWords * kChunkSteps> words;
    for (std::size_t done = 0; done < targets.size();) {
      const std::size_t count = std::min(kChunkSteps, targets.size() - done);
      engine.fill({words.data(), Kind::kWords * count});
      kind_.targets(words.data(), from + done, count, targets.data() + done);
      done += count;
    }
    engine.skip(Kind::kWords * (end - to));
    for (std::size_t owner = 0; owner <= threads_; ++owner) {
      lists_[block % 2][thread].append(owner, targets, static_cast<u32>(from - first),
                                       range_of(owner, block));
    }
  }

  void do_steps(const Lists<Target>& lists, std::size_t owner, u64 first) {
    const Target* const targets = lists.targets.data() + lists.begins[owner];
    const u32* const steps = lists.steps.data() + lists.begins[owner];
    const std::size_t count = lists.begins[owner + 1] - lists.begins[owner];
    const std::size_t ahead = std::min(kPrefetchSteps, count);
    for (std::size_t k = 0; k < ahead; ++k) prefetch_for_write(kind_.address(targets[k]));
    std::size_t k = 0;
    for (; k + kPrefetchSteps < count; ++k) {
      prefetch_for_write(kind_.address(targets[k + kPrefetchSteps]));
      kind_.step(first + steps[k], targets[k]);
    }
    for (; k < count; ++k) kind_.step(first + steps[k], targets[k]);
  }

  // By the last thread to come, while the others wait: the steps inside a window.
  void between_blocks() {
    const u64 block = Kind::kWindowFirst ? meetings_ : meetings_ - 1;
    if (Kind::kWindowFirst || meetings_ > 0) {
      for (const Lists<Target>& lists : lists_[block % 2]) do_steps(lists, threads_, begin(block));
    }
    ++meetings_;
  }

  Kind kind_;
  u64 first_;
  u64 end_;
  std::size_t threads_;
  u64 block_;
  std::vector<rng::Mt19937> engines_;
  std::vector<std::vector<Target>> targets_;         // of the part a thread is at
  std::array<std::vector<Lists<Target>>, 2> lists_;  // of even and odd blocks, one a thread
  u64 meetings_ = 0;
  Barrier barrier_;
};

template <class Kind>
bool run_parallel(Kind kind, rng::Mt19937& engine, u64 first, u64 end, std::size_t threads) {
  try {
    ThreadTeam team(threads);
    ParallelShuffle<Kind> shuffle(kind, engine, first, end, team.size());
    team.run([&shuffle](std::size_t thread) { shuffle.run(thread); });
    engine = shuffle.engine();
  } catch (const std::bad_alloc&) {  // of the lists, before the first step
    return false;
  }
  return true;
}

}  // namespace

bool parallel_forward_steps(rng::Mt19937& engine, std::span<u32> places, u32 coded, u64 first,
                            u64 end, i64* out, std::size_t threads) {
  return run_parallel(Forward{places, coded, first, out}, engine, first, end, threads);
}

template <class Place>
bool parallel_inside_out_steps(rng::Mt19937& engine, Place* places, u64 first, u64 end,
                               std::size_t threads) {
  return run_parallel(InsideOut<Place>{places}, engine, first, end, threads);
}

template bool parallel_inside_out_steps(rng::Mt19937&, u32*, u64, u64, std::size_t);
template bool parallel_inside_out_steps(rng::Mt19937&, u64*, u64, u64, std::size_t);

}  // namespace fastsamplers::order
