// Timing one kernel at one instruction-set level.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

#include "fastsamplers/base/isa.hpp"

namespace fastsamplers::bench {

// Puts the level that is the benchmark's argument in use, and the present one back at the end.
class Level {
 public:
  explicit Level(benchmark::State& state) : before_(active_isa()) {
    const auto isa = static_cast<Isa>(state.range(0));
    is_supported_ = isa <= supported_isa();
    if (is_supported_) {
      set_active_isa(isa_name(isa));
      state.SetLabel(std::string(isa_name(isa)));
    } else {
      state.SkipWithError("this machine lacks the instructions");
    }
  }
  ~Level() { set_active_isa(isa_name(before_)); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  explicit operator bool() const { return is_supported_; }

 private:
  Isa before_;
  bool is_supported_ = false;
};

inline void all_levels(benchmark::internal::Benchmark* benchmark) {
  benchmark->DenseRange(0, static_cast<i64>(kIsaCount) - 1);
}

}  // namespace fastsamplers::bench
