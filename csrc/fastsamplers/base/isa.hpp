// Instruction-set levels and the choice of one variant of a kernel at run time.
//
// A kernel exists as plain C++ (the specification) and as variants for wider instruction sets, each
// compiled by a function attribute, never by a flag on the whole unit. `Variants` is the row of one
// kernel in the dispatch table; `active_isa()` says which column is in use. An architecture has its
// own levels: code for another one's is not compiled, and its names are refused.
//
// NEON belongs to the baseline of aarch64, as SSE2 does to that of x86-64: the compiler may use
// them in the scalar column too, and a kernel that is left to it is the same in both columns.
#pragma once

#include <array>
#include <string_view>

#include "fastsamplers/base/types.hpp"

// Function attributes that compile one function for a wider instruction set. Not by gcc for Windows,
// whose stack is aligned to 16 bytes: gcc puts wider registers there as if to 32 or 64 (bug 54412).
#if defined(__x86_64__) && (defined(__clang__) || (defined(__GNUC__) && !defined(_WIN32)))
#define FASTSAMPLERS_X86 1
#define FASTSAMPLERS_TARGET_AVX2 __attribute__((target("avx2")))
#if defined(__clang__)  // clang has no vector width in this attribute, and drops all of it
#define FASTSAMPLERS_TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
#else
#define FASTSAMPLERS_TARGET_AVX512 \
  __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")))
#endif
#elif (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__)
#define FASTSAMPLERS_NEON 1
#endif

#if defined(__GNUC__) || defined(__clang__)
#define FASTSAMPLERS_INLINE inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define FASTSAMPLERS_INLINE __forceinline
#else
#define FASTSAMPLERS_INLINE inline
#endif

// Before a loop whose steps do not depend on each other, however it may look to the compiler.
#if defined(__clang__)
#define FASTSAMPLERS_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define FASTSAMPLERS_INDEPENDENT _Pragma("GCC ivdep")
#else
#define FASTSAMPLERS_INDEPENDENT
#endif

namespace fastsamplers {

// The levels of this architecture, each wider than the one before it, and the row of a kernel that
// has a variant for each: its functions are called kernel_scalar, kernel_avx2 and so on. Where the
// compiler makes them all of one body, FASTSAMPLERS_EACH_LEVEL(define) runs the file's own macro
// define(target, level), target being the attribute, for each level.
#if FASTSAMPLERS_X86
enum class Isa : u8 { scalar = 0, avx2 = 1, avx512 = 2 };
inline constexpr std::size_t kIsaCount = 3;
#define FASTSAMPLERS_ROW(kernel) {kernel##_scalar, kernel##_avx2, kernel##_avx512}
#define FASTSAMPLERS_EACH_LEVEL(define) \
  define(, scalar) define(FASTSAMPLERS_TARGET_AVX2, avx2) define(FASTSAMPLERS_TARGET_AVX512, avx512)
#elif FASTSAMPLERS_NEON
enum class Isa : u8 { scalar = 0, neon = 1 };
inline constexpr std::size_t kIsaCount = 2;
#define FASTSAMPLERS_ROW(kernel) {kernel##_scalar, kernel##_neon}
#define FASTSAMPLERS_EACH_LEVEL(define) define(, scalar) define(, neon)
#else
enum class Isa : u8 { scalar = 0 };
inline constexpr std::size_t kIsaCount = 1;
#define FASTSAMPLERS_ROW(kernel) {kernel##_scalar}
#define FASTSAMPLERS_EACH_LEVEL(define) define(, scalar)
#endif

std::string_view isa_name(Isa isa);

// The widest level this processor and operating system support.
Isa supported_isa();

// The level in use: supported_isa(), or the lower one named by the environment variable
// FASTSAMPLERS_ISA (scalar, avx2, avx512, neon), which is read once. A level the machine lacks, or
// an unknown name, is std::invalid_argument.
Isa active_isa();

// Puts another level in use, for tests that sweep them all; std::invalid_argument as above.
void set_active_isa(std::string_view name);

// One kernel's row in the dispatch table: a function per level, null where the kernel has no
// variant of its own for that level. The scalar column is never null.
template <class Function>
struct Variants {
  const char* name;
  std::array<Function, kIsaCount> functions;

  // The widest level not above `isa` that has a variant.
  Isa level(Isa isa) const {
    if constexpr (kIsaCount == 1) return Isa::scalar;  // gcc 12 warns of a second column
    auto column = static_cast<std::size_t>(isa);
    while (column > 0 && functions[column] == nullptr) --column;
    return static_cast<Isa>(column);
  }
  Function at(Isa isa) const { return functions[static_cast<std::size_t>(level(isa))]; }
  Function active() const { return at(active_isa()); }
};

}  // namespace fastsamplers
