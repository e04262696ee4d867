// Hugging Face's order of samples by length: a random permutation cut into mega-batches, each
// sorted by length from the longest down, with the longest sample of all put first.
//
// Source: transformers' get_length_grouped_indices. The permutation is torch.randperm's; equal
// lengths keep its order; the first of the mega-batches with the longest sample gives it up for the
// first sample of the first one.
// Work: one step an index for the permutation, then a load from anywhere and two passes of a small
// sort, shared among thread_count() threads. Memory: 4 bytes an index. Words: as
// permutation_words(n).
// Threads: an object is used by one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/lengths/length_survey.hpp"
#include "fastsamplers/lengths/window_sorter.hpp"
#include "fastsamplers/order/randperm.hpp"
#include "fastsamplers/order/stored.hpp"

namespace fastsamplers::order {

// MemoryLimitError when the order of such lengths cannot fit.
void require_grouped_memory(const lengths::LengthSurvey& survey, u64 mega_batch);

class LengthGrouped {
 public:
  // std::invalid_argument unless 0 < mega_batch and values are fewer than 2^32.
  LengthGrouped(const rng::Mt19937& engine, const IntegerArray& values,
                const lengths::LengthSurvey& survey, u64 mega_batch);
  // The same of a permutation that somebody else has drawn; std::invalid_argument unless there are
  // as many indices as values, all of them below that.
  LengthGrouped(PageVector<u32> permutation, const IntegerArray& values,
                const lengths::LengthSurvey& survey, u64 mega_batch);

  // About `steps` more steps; true when the order is complete.
  bool advance(u64 steps);
  StoredIndices indices() { return std::move(indices_); }

 private:
  LengthGrouped(const IntegerArray& values, const lengths::LengthSurvey& survey, u64 mega_batch);
  void put_longest_first();

  IntegerArray values_;
  lengths::KeyRule rule_;
  u64 mega_batch_;
  std::shared_ptr<PageVector<u32>> indices_;
  std::optional<Randperm> randperm_;
  std::vector<lengths::WindowSorter> sorters_;
  u64 done_ = 0;  // mega-batches that are sorted
};

}  // namespace fastsamplers::order
