// Which index stands where when an array of integers is sorted: a stable argsort by buckets.
//
// Source: counting sort (Knuth, TAOCP 3, 5.2) and least-significant-digit radix sort (5.2.5).
// How: values that span at most kMostBuckets go into a bucket each, in one pass: counted, then each
// index to the next place of its bucket. Others take a pass for each 8 bits of what tells them
// apart, of pairs (distance from the least, index).
// Work: 4 ns a value in one pass at 1e7 (one thread; random 16-bit values 6), 1-1.5 ns a pass and
// value beyond. Two passes of 8 bits would take 3.5 for random 16-bit values, but 16 bytes a value.
// Memory: one pass: 4 bytes a bucket and thread, 72 where lines of buckets are collected
// (write_combiner.hpp); others two arrays of pairs, 16 bytes a value, 32
// where values span 2^32 or more.
// Threads: shared among thread_count() of them; an object is used by one at a time.
#pragma once

#include <memory>
#include <span>

#include "fastsamplers/lengths/length_survey.hpp"

namespace fastsamplers::lengths {

inline constexpr u64 kMostBuckets = u64{1} << 16;
// So many values have no argsort here: places are of 32 bits.
inline constexpr u64 kMostSorted = u64{1} << 32;

// Bytes of the arrays of pairs for such values, and MemoryLimitError when they cannot fit.
u64 argsort_bytes(const LengthSurvey& survey);
void require_argsort_memory(const LengthSurvey& survey);

template <class Out>
class ArgsortPasses;

// Out: u32 or i64.
template <class Out>
class BucketArgsort {
 public:
  // std::invalid_argument unless out.size() == values.size < kMostSorted. `survey` must be that of
  // the values: of values that change meanwhile the result is no permutation, and all its entries
  // are indices or what lay there before.
  BucketArgsort(const IntegerArray& values, const LengthSurvey& survey, bool descending,
                std::span<Out> out);
  ~BucketArgsort();

  // About `steps` more steps, of which a pass takes one for each value; true when all is sorted.
  bool advance(u64 steps);

 private:
  std::unique_ptr<ArgsortPasses<Out>> passes_;
};

}  // namespace fastsamplers::lengths
