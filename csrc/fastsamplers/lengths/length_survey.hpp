// One look at all lengths: the least, the greatest and where they first stand, and the sum.
//
// Work: one pass, shared among thread_count() threads. Memory: none. Threads: an object is used by
// one thread at a time.
#pragma once

#include "fastsamplers/base/integer_array.hpp"
#include "fastsamplers/lengths/length_keys.hpp"

namespace fastsamplers::lengths {

struct LengthSurvey {
  u64 count = 0;
  u64 least = 0;     // as 64 bits; of signed types two's complement
  u64 greatest = 0;  // the same
  u64 first_least = 0;
  u64 first_greatest = 0;
  // The sum of all is high_sum * 2^32 + low_sum; not of values below zero.
  u64 low_sum = 0;
  u64 high_sum = 0;
  bool has_negative = false;

  u64 range() const { return greatest - least; }
  // The sum, rounded.
  double total() const {
    return static_cast<double>(high_sum) * 4294967296.0 + static_cast<double>(low_sum);
  }
  KeyRule ascending() const { return {least, range(), false}; }
  KeyRule descending() const { return {greatest, range(), true}; }
};

class LengthSurveyor {
 public:
  explicit LengthSurveyor(const IntegerArray& values) : values_(values) {}

  // Looks at about `steps` more; true when all have been seen.
  bool advance(u64 steps);

  const LengthSurvey& survey() const { return survey_; }

 private:
  IntegerArray values_;
  LengthSurvey survey_;
};

}  // namespace fastsamplers::lengths
