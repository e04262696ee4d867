#include "fastsamplers/weighted/runner_merge.hpp"

#include <algorithm>

namespace fastsamplers::weighted {

RunnerMerge::RunnerMerge(std::span<const RunnerPool> pools) {
  for (const RunnerPool& pool : pools) {
    const auto& runners = pool.runners();
    if (!runners.empty()) heads_.push_back({runners.data(), runners.data() + runners.size()});
  }
  std::make_heap(heads_.begin(), heads_.end(), behind);
}

Runner RunnerMerge::next() {
  Head& head = heads_[0];
  const Runner runner = *head.next;
  if (++head.next == head.end) {
    std::pop_heap(heads_.begin(), heads_.end(), behind);
    heads_.pop_back();
  } else {
    sink();
  }
  return runner;
}

void RunnerMerge::sink() {
  const Head moved = heads_[0];
  std::size_t hole = 0;
  for (std::size_t child = 1; child < heads_.size(); child = 2 * hole + 1) {
    if (child + 1 < heads_.size() && behind(heads_[child], heads_[child + 1])) ++child;
    if (!behind(moved, heads_[child])) break;
    heads_[hole] = heads_[child];
    hole = child;
  }
  heads_[hole] = moved;
}

}  // namespace fastsamplers::weighted
