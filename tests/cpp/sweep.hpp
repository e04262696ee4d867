// What the tests sweep over: every instruction-set level of this machine, sizes around every edge.
#pragma once

#include <string>
#include <vector>

#include "fastsamplers/base/isa.hpp"

namespace fastsamplers::test {

// The levels that can run here, the scalar one first.
inline std::vector<Isa> levels() {
  std::vector<Isa> found;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(supported_isa()); ++i) {
    found.push_back(static_cast<Isa>(i));
  }
  return found;
}

// Puts a level in use for the time of a scope.
class UseLevel {
 public:
  explicit UseLevel(Isa isa) : before_(active_isa()) { set_active_isa(isa_name(isa)); }
  ~UseLevel() { set_active_isa(isa_name(before_)); }
  UseLevel(const UseLevel&) = delete;
  UseLevel& operator=(const UseLevel&) = delete;

 private:
  Isa before_;
};

// Around lane widths, the parts of the twist, blocks of words, of steps and of the sparse table.
inline const std::vector<u64> kSizes = {0,    1,    2,    3,    4,    5,    7,    8,   9,   15,
                                        16,   17,   31,   32,   33,   63,   64,   65,  226, 227,
                                        228,  453,  454,  455,  622,  623,  624,  625, 626, 1247,
                                        1248, 1249, 2047, 2048, 2049, 4095, 4096, 4097};

}  // namespace fastsamplers::test
