// The vector intrinsics of this architecture, and attributes for the functions made of them.
//
// For a .cpp file alone, as its last include: it also turns off warnings of the compiler's that its
// own intrinsics set off.
#pragma once

#include "fastsamplers/base/isa.hpp"

#if FASTSAMPLERS_X86
#include <immintrin.h>
// What a kernel's variant is made of.
#define FASTSAMPLERS_AVX2 FASTSAMPLERS_TARGET_AVX2 FASTSAMPLERS_INLINE
#define FASTSAMPLERS_AVX512 FASTSAMPLERS_TARGET_AVX512 FASTSAMPLERS_INLINE
#elif FASTSAMPLERS_NEON
#include <arm_neon.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// gcc 12 warns of the undefined pass-through operand inside its own intrinsics (gcc bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
