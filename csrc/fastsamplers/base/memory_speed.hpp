// What random access to memory costs on this machine: the limit of every exact permutation.
#pragma once

#include "fastsamplers/base/types.hpp"

namespace fastsamplers {

// Seconds a step: `threads` threads change random places among n u32, a range each, at least
// `steps` steps in all, with the lines asked for ahead, in 2 MiB pages that have been touched. The
// places are drawn by one multiplication, so that next to nothing but the access is timed.
// std::bad_alloc when 4n bytes cannot be had. Work: n + steps.
double random_access_limit(u64 n, u64 steps, std::size_t threads);

}  // namespace fastsamplers
