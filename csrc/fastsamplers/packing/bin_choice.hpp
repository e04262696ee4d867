// Which bin takes sequences of a length next, and how many of them.
//
// One object packs one list of lengths that do not increase. Threads: used by one at a time.
#pragma once

#include <memory>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers::packing {

class BinChoice {
 public:
  struct Chosen {
    u32 bin = 0;
    u64 count = 0;
  };

  virtual ~BinChoice() = default;

  // The bin for `wanted` > 0 sequences of `length` <= capacity, or for the first of them.
  virtual Chosen take(u64 length, u64 wanted) = 0;
  virtual u64 opened() const = 0;
};

// `least`: the least length that will come.
std::unique_ptr<BinChoice> best_fit_choice(u64 capacity, u64 least);
std::unique_ptr<BinChoice> first_fit_choice(u64 capacity);

}  // namespace fastsamplers::packing
