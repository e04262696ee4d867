// How much memory a request may still take, and the refusal of one that cannot fit.
//
// Linux promises memory it does not have (overcommit) and kills the process later, in the middle of
// the pass. Large requests are therefore compared with what is free before the first allocation.
#pragma once

#include <new>
#include <string>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers {

// A std::bad_alloc that says how many bytes were asked for, how many there are, and what helps.
class MemoryLimitError : public std::bad_alloc {
 public:
  explicit MemoryLimitError(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

// Bytes this process can still take: on Linux the least of free memory and swap, its control group's
// limit and its address-space limit; on Windows what the system still promises; on macOS all memory
// there is. The greatest u64 where the system does not say.
u64 available_memory();

// Throws MemoryLimitError when `bytes` is more than available_memory(). Requests below 64 MiB are
// compared with the address-space limit alone, which costs nothing where there is none: to ask for
// the rest takes tens of microseconds.
//   what:   what needs the memory, "a permutation of n=5 indices"
//   remedy: what would need less
void require_memory(u64 bytes, const std::string& what, const std::string& remedy);

}  // namespace fastsamplers
