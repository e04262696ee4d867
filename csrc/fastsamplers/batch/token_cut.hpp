// Where batches within a budget begin and end, among samples sorted by length.
//
// Samples stand from the longest down, in classes of lengths that differ by less than a 32nd
// (below 64: by nothing). A batch begins where the last one ended and takes what the budget allows
// when each sample is as long as the longest of its class: so every order of the samples within
// their classes keeps the budget, and the cut is the same in every epoch.
// Where at most 64 samples fit, one less would be a loss: there the samples of a class have the
// same limit, too, so that batches are as large as if lengths counted exactly; of sums, where each
// length adds to the next, classes differ by less than a 256th.
// Source: the batches by size of fairseq, which are cut from sorted lengths; the classes are ours.
// Work: sorting (bucket_argsort.hpp), then a pass over the lengths' histogram and one step a batch;
// of a limit that is asked for, one question a class, or a length where few samples fit. Memory: 4 bytes a sample, 4 a batch.
// Threads: an object is used by one thread at a time; what it has cut is read by any number.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "fastsamplers/packing/length_runs.hpp"

namespace fastsamplers::batch {

struct LengthClass {
  u64 first = 0;  // place of its first sample
  u64 longest = 0;
  u64 limit = 0;  // samples of a batch that begins in it, where that was asked for
};

struct TokenRule {
  u64 budget = 0;
  // Samples in a batch, at most.
  u64 max_samples = ~u64{0};
  // A batch that can have as many samples has a multiple of them.
  u64 multiple = 1;
  // The sum of lengths counts, not the longest length times the samples.
  bool is_sum = false;
  // The last batch is left out where it lacks samples for a multiple.
  bool drop_last = false;
  // If set: how many samples a batch may have whose longest is so long, instead of the budget.
  std::function<u64(u64 longest)> limit;
};

struct TokenCut {
  PageVector<u32> indices;  // sorted
  std::vector<LengthClass> classes;
  PageVector<u32> ends;  // of batch b: where it ends

  u64 count() const { return ends.size(); }
  u64 first(u64 batch) const { return batch == 0 ? 0 : ends[batch - 1]; }
};

// Bits of a length, from its highest on, that tell classes apart.
inline constexpr u32 kClassBits = 6;
inline constexpr u32 kFineClassBits = 9;
// Batches of so many samples or fewer are cut as if lengths counted exactly.
inline constexpr u64 kFewSamples = 64;

// The class of a length: equal numbers belong together.
u64 class_of_length(u64 length, u32 bits = kClassBits);

class TokenCutter {
 public:
  // std::invalid_argument unless max_samples and multiple are positive and values fewer than 2^32;
  // MemoryLimitError when the plan cannot fit.
  TokenCutter(const IntegerArray& values, const lengths::LengthSurvey& survey, TokenRule rule);

  // About `steps` more steps; true when all is cut. std::invalid_argument when a single sample is
  // above the budget.
  bool advance(u64 steps);
  std::shared_ptr<const TokenCut> cut() { return std::move(cut_); }

 private:
  bool find_classes(u64 steps);
  // Whether samples of the next length belong to another class than those before.
  bool begins_class(u64 length);
  u32 bits_of_sum(u64 length) const;
  u64 limit_of(u64 longest) const;
  u64 end_of_class(std::size_t number) const;
  u64 samples_for_sum() const;
  u64 samples_for_longest();
  void cut_batch();

  IntegerArray values_;
  lengths::LengthSurvey survey_;
  TokenRule rule_;
  std::shared_ptr<TokenCut> cut_;
  std::optional<lengths::BucketArgsort<u32>> argsort_;
  std::unique_ptr<packing::LengthRuns> runs_;
  u64 done_ = 0;           // samples in classes, then in batches
  std::size_t class_ = 0;  // the class of the next one
  u64 class_limit_ = 0;    // samples that fit where the present class is the longest; many as one
  u64 asked_ = 0;          // the limit of the length seen last, if it was asked for
};

}  // namespace fastsamplers::batch
