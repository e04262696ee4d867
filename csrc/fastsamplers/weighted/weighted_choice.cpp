#include "fastsamplers/weighted/weighted_choice.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <functional>
#include <new>
#include <string>

#include "fastsamplers/base/check.hpp"
#include "fastsamplers/base/memory.hpp"
#include "fastsamplers/base/parallel.hpp"
#include "fastsamplers/weighted/runner_merge.hpp"
#include "fastsamplers/weighted/runner_sort.hpp"
#include "fastsamplers/weighted/tied_choice.hpp"

namespace fastsamplers::weighted {
namespace {

// Weights looked at to guess a threshold (1-2 ms), and the least of them that must lie above it: a
// guess from fewer is too far off to be worth it.
constexpr u64 kSample = 65536;
constexpr double kLeastSampled = 64;
// From this share of all items on, few would be ruled out.
constexpr double kMostShare = 0.5;
// Among more quotients of single precision some are equal: 2^27 pairs, of which one in 2^23 and
// more.
constexpr std::size_t kMostSingles = std::size_t{1} << 14;
// Fewer items are run by one thread.
constexpr u64 kParallelItems = u64{1} << 16;

// Runs body(part) for every part < parts on the threads of `team`; std::bad_alloc when one lacked
// memory.
template <class Body>
void run_parts(ThreadTeam& team, std::size_t parts, Body&& body) {
  std::atomic<bool> lacks_memory = false;
  team.run([&](std::size_t thread) {
    try {
      for (std::size_t part = thread; part < parts; part += team.size()) body(part);
    } catch (const std::bad_alloc&) {
      lacks_memory = true;
    }
  });
  if (lacks_memory) throw std::bad_alloc();
}

// One runner more than are wanted is kept, to see whether the last place is shared.
u64 kept_runners(const Weights& weights, u64 count) { return std::min(count + 1, weights.size); }

// Where two weights of zero are among the first, and where so many quotients in single precision
// are compared (24 bits each) that some are equal, running the race first would be in vain.
bool expects_ties(const Weights& weights, u64 nonzero, u64 count) {
  if (count == 1) return false;
  const bool is_crowded = weights.precision == Precision::f32 && count > kMostSingles;
  return nonzero + 2 <= kept_runners(weights, count) || is_crowded;
}

}  // namespace

void require_choice_memory(const Weights& weights, u64 nonzero, u64 count) {
  if (expects_ties(weights, nonzero, count)) {
    require_tied_choice_memory(weights, count);
    return;
  }
  const u64 of_thread = std::min(2 * kept_runners(weights, count), weights.size);
  const u64 threads = weights.size < kParallelItems ? 1 : thread_count();
  const u64 runners = std::min(threads * of_thread, weights.size);
  require_memory(2 * sizeof(Runner) * runners,
                 "a choice of " + std::to_string(count) +
                     " among n=" + std::to_string(weights.size) + " weights",
                 "fewer samples, or replacement=True");
}

WeightedChoice::WeightedChoice(const Weights& weights, const rng::Mt19937& engine, u64 nonzero,
                               std::span<i64> out)
    : weights_(weights),
      origin_(engine),
      engine_(engine),
      out_(out),
      keep_(kept_runners(weights, out.size())),
      is_tied_(expects_ties(weights, nonzero, out.size())) {
  check_argument(!out.empty() && out.size() <= weights.size, "samples", "in [1, n]", out.size());
  require_choice_memory(weights, nonzero, out.size());
  if (!is_tied_) start(sampled_threshold());
}

void WeightedChoice::start(double threshold) {
  const std::size_t threads = weights_.size < kParallelItems ? 1 : thread_count();
  engine_ = origin_;
  done_ = 0;
  pools_.assign(threads, RunnerPool(keep_, threshold));
  const u64 expected = threshold < 0 ? weights_.size : keep_ + keep_ / 2;
  for (RunnerPool& pool : pools_) pool.reserve(expected / threads + 1);
}

bool WeightedChoice::advance(u64 steps) {
  if (is_tied_) {
    choose_with_ties(origin_, weights_, out_);
    return true;
  }
  const u64 wanted = std::clamp<u64>(steps, 1, weights_.size) * pools_.size();
  const u64 last = done_ + std::min(wanted, weights_.size - done_);
  run(done_, last);
  done_ = last;
  return done_ == weights_.size && finish();
}

void WeightedChoice::run(u64 first, u64 last) {
  const std::size_t parts = pools_.size();
  const u64 length = (last - first) / parts;
  const auto end_of = [&](std::size_t part) {
    return part + 1 < parts ? first + length * (part + 1) : last;
  };
  std::vector<RaceReader> readers;
  readers.reserve(parts);
  for (std::size_t part = 0; part < parts; ++part) {
    const u64 begin = first + length * part;
    readers.emplace_back(weights_, engine_, begin);
    engine_.skip(rng::kUniformWords * (end_of(part) - begin));
  }
  ThreadTeam team(parts);
  run_parts(team, parts, [&](std::size_t part) {
    RunnerPool& pool = pools_[part];
    readers[part].read(
        end_of(part), [&] { return pool.threshold(); },
        [&](u64 index, double quotient) { pool.add(index, quotient); });
  });
}

bool WeightedChoice::finish() {
  u64 runners = 0;
  for (const RunnerPool& pool : pools_) runners += pool.runners().size();
  if (runners < keep_) {  // the guess was too high
    start(-1);
    return false;
  }
  ThreadTeam team(runners < kParallelItems ? 1 : pools_.size());
  run_parts(team, pools_.size(), [&](std::size_t part) { sort_runners(pools_[part].runners()); });
  if (write_merged()) return true;
  pools_.clear();
  is_tied_ = true;
  return false;
}

// False where equal quotients leave open which are taken, or in which order.
bool WeightedChoice::write_merged() {
  RunnerMerge merge(pools_);
  Runner last = merge.next();
  out_[0] = static_cast<i64>(last.index);
  if (out_.size() == 1) return true;
  for (u64 i = 1; i < keep_; ++i) {
    const Runner runner = merge.next();
    if (runner.key == last.key) return false;
    if (i < out_.size()) out_[i] = static_cast<i64>(runner.index);
    last = runner;
  }
  return true;
}

// Of a sample spread over all weights, the quotient that is exceeded by as large a share of them as
// is wanted of all, and some more: four standard deviations of that number.
double WeightedChoice::sampled_threshold() const {
  const double share = static_cast<double>(keep_) / static_cast<double>(weights_.size);
  const double expected = share * static_cast<double>(kSample);
  if (weights_.size < 4 * kSample || share > kMostShare || expected < kLeastSampled) return -1;
  const u64 step = weights_.size / kSample;
  const u64 rest = weights_.size % kSample;
  rng::Mt19937 engine(kSample);
  std::vector<u64> keys(kSample);
  WeightBlock block;
  for (u64 s = 0; s < kSample; ++s) {
    const u64 place = s * step + s * rest / kSample;  // over the whole array, whatever its length
    const double weight = *read_weights(weights_, place, 1, block);
    const u64 bits = engine.random64() & rng::kUniformMask;
    keys[s] = race_key(race_quotient(weight, bits, weights_.precision));
  }
  const auto rank = static_cast<std::ptrdiff_t>(expected + 4 * std::sqrt(expected));
  std::nth_element(keys.begin(), keys.begin() + rank, keys.end(), std::greater<>());
  const double threshold = std::bit_cast<double>(keys[static_cast<std::size_t>(rank)]);
  return std::isfinite(threshold) ? threshold : -1;
}

}  // namespace fastsamplers::weighted
