#include "fastsamplers/base/isa.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace fastsamplers {
namespace {

// Of every architecture.
constexpr std::array<std::string_view, 4> kKnown = {"scalar", "avx2", "avx512", "neon"};

#if FASTSAMPLERS_X86
constexpr std::array<std::string_view, kIsaCount> kNames = {"scalar", "avx2", "avx512"};
#elif FASTSAMPLERS_NEON
constexpr std::array<std::string_view, kIsaCount> kNames = {"scalar", "neon"};
#else
constexpr std::array<std::string_view, kIsaCount> kNames = {"scalar"};
#endif

Isa parse(std::string_view name) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(supported_isa()); ++i) {
    if (kNames[i] == name) return static_cast<Isa>(i);
  }
  if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) {
    throw std::invalid_argument("FASTSAMPLERS_ISA=" + std::string(name) +
                                " is not among the levels of this processor, up to " +
                                std::string(isa_name(supported_isa())));
  }
  throw std::invalid_argument(
      "FASTSAMPLERS_ISA should be one of scalar, avx2, avx512, neon, but got FASTSAMPLERS_ISA=" +
      std::string(name));
}

Isa initial() {
  const char* forced = std::getenv("FASTSAMPLERS_ISA");
  return forced != nullptr && *forced != '\0' ? parse(forced) : supported_isa();
}

std::atomic<Isa>& active() {
  static std::atomic<Isa> isa{initial()};
  return isa;
}

}  // namespace

std::string_view isa_name(Isa isa) { return kNames[static_cast<std::size_t>(isa)]; }

Isa supported_isa() {
#if FASTSAMPLERS_X86
  __builtin_cpu_init();  // these builtins also ask whether the system saves the wide registers
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return Isa::avx512;
  }
  if (__builtin_cpu_supports("avx2")) return Isa::avx2;
  return Isa::scalar;
#elif FASTSAMPLERS_NEON
  return Isa::neon;
#else
  return Isa::scalar;
#endif
}

Isa active_isa() { return active().load(std::memory_order_relaxed); }

void set_active_isa(std::string_view name) {
  const Isa isa = parse(name);
  active().store(isa, std::memory_order_relaxed);
}

}  // namespace fastsamplers
