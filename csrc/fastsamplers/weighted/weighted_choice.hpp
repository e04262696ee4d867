// Draws without replacement: torch.multinomial(weights, k, replacement=False), and a single draw of
// either kind.
//
// Source: the fast path of at::native multinomial: topk of the race's quotients, argmax for k = 1.
// How: every thread runs the race over a part of the items and keeps what may be among the first k
// + 1, sorted; these lists are merged. If no two of the first k + 1 are equal, there is one answer,
// which any method finds; otherwise torch's own calls are repeated (tied_choice.hpp), but for k =
// 1, where the lowest index wins. A race among a sample of the weights, with words of its own, says
// how high the threshold may start; where that was too high, the race is run again without.
// Work: see race.hpp. Memory: 16-32 bytes for each of k items and thread, 40 at most while sorting.
#pragma once

#include <span>
#include <vector>

#include "fastsamplers/rng/mt19937.hpp"
#include "fastsamplers/weighted/race.hpp"

namespace fastsamplers::weighted {

// MemoryLimitError where a choice of `count` cannot fit; `nonzero` as below.
void require_choice_memory(const Weights& weights, u64 nonzero, u64 count);

// In parts, for callers who want to be interruptible. The weights must be valid; what changes them
// meanwhile can change the choice and nothing else.
class WeightedChoice {
 public:
  // `engine` stands where the words of item 0 begin; 1 <= out.size() <= weights.size. `nonzero` of
  // the weights are not zero, which says beforehand where ties are certain; it decides nothing
  // else.
  WeightedChoice(const Weights& weights, const rng::Mt19937& engine, u64 nonzero,
                 std::span<i64> out);

  // About `steps` more items; true when `out` is written. Sorting is one part.
  bool advance(u64 steps);

 private:
  void start(double threshold);
  void run(u64 first, u64 last);
  bool finish();
  bool write_merged();
  double sampled_threshold() const;

  Weights weights_;
  rng::Mt19937 origin_;
  rng::Mt19937 engine_;  // where the words of item done_ begin
  std::span<i64> out_;
  u64 keep_;  // one more than wanted, to see ties
  u64 done_ = 0;
  bool is_tied_;
  std::vector<RunnerPool> pools_;  // one a thread
};

}  // namespace fastsamplers::weighted
