// Sequences into bins of one capacity: best-fit decreasing, first-fit decreasing, sequential.
//
// Source: Johnson, "Near-optimal bin packing algorithms" (MIT, 1973); on the histogram of lengths
// as in Krell et al. (arXiv 2107.02027). The bins are those of the textbook's algorithms:
//   best-fit decreasing:  lengths from the greatest down, equal ones by their index; each goes to
//                         the bin with the least room that is enough, of several the one that was
//                         opened first, or opens one
//   first-fit decreasing: the same order; each goes to the first bin with enough room
//   sequential:           lengths by their index, each to the bin opened last, or opens one
// How: lengths are sorted (bucket_argsort.hpp). A bin that suits a length takes it as often as it
// can before the next bin is looked for: with r left, r / length times, since no bin in between can
// suit better. So the work of the choice is that of bins and distinct lengths, not of sequences.
// A second pass puts the indices of each bin together.
// Work: 10-20 ns a sequence (docs/benchmarks.md). Memory: 12 bytes a sequence and some 12 a bin.
// Threads: sorting is shared among thread_count() of them; an object is used by one at a time.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "fastsamplers/base/page_allocator.hpp"
#include "fastsamplers/lengths/bucket_argsort.hpp"
#include "fastsamplers/packing/length_runs.hpp"

namespace fastsamplers::packing {

enum class PackingRule : u8 { best_fit_decreasing, first_fit_decreasing, sequential };

struct Bins {
  // The indices of bin after bin, of each in the order in which they were put in.
  PageVector<u32> indices;
  // Bin b has indices[offsets[b]] .. indices[offsets[b + 1] - 1].
  PageVector<u32> offsets;

  u64 count() const { return offsets.size() - 1; }
  std::span<const u32> of(u64 bin) const {
    return {indices.data() + offsets[bin], offsets[bin + 1] - offsets[bin]};
  }
};

// MemoryLimitError when the packing of such lengths cannot fit.
void require_packing_memory(const lengths::LengthSurvey& survey, u64 capacity, PackingRule rule);

class BinChoice;

class Packing {
 public:
  // std::invalid_argument unless all lengths are in [0, capacity], and fewer than 2^32.
  Packing(const IntegerArray& values, const lengths::LengthSurvey& survey, u64 capacity,
          PackingRule rule);
  ~Packing();

  // About `steps` more steps; true when all bins are there.
  bool advance(u64 steps);

  // The bins, once they are all there.
  Bins take() { return std::move(bins_); }

 private:
  bool choose(u64 steps);
  bool gather(u64 steps);
  bool fill_in_sequence(u64 steps);
  void put_into(u32 bin, u64 count);
  void begin_bins();

  enum class Stage : u8 { sort, choose, gather, done };

  IntegerArray values_;
  lengths::LengthSurvey survey_;
  u64 capacity_;
  PackingRule rule_;
  Stage stage_ = Stage::sort;
  PageVector<u32> sorted_;  // indices by length, from the greatest down
  PageVector<u32> bin_of_;  // of each of them
  PageVector<u32> counts_;  // sequences in each bin; then where it goes on
  std::unique_ptr<lengths::BucketArgsort<u32>> argsort_;
  std::unique_ptr<LengthRuns> runs_;
  LengthRun run_;  // what is left of the present one
  std::unique_ptr<BinChoice> choice_;
  u64 done_ = 0;
  u64 left_ = 0;  // of the bin opened last, in sequence
  Bins bins_;
};

}  // namespace fastsamplers::packing
