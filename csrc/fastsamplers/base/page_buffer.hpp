// A large block of memory that reads as zeros and costs nothing until it is touched.
//
// From 2 MiB on it is taken from the system in whole pages (on POSIX), aligned and advised to use
// huge pages, because random access to small pages is a page walk at every step. Smaller blocks,
// and all of them elsewhere, come from calloc, and begin with a cache line. A fork shares the pages
// until one side writes.
#pragma once

#include <span>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers {

// Asks for huge pages where `bytes` of fresh memory, not touched yet, span whole ones. A hint: the
// system may refuse, and nothing but speed depends on it.
void advise_huge_pages(void* data, std::size_t bytes);

class PageBuffer {
 public:
  PageBuffer() = default;
  // Throws std::bad_alloc when the system refuses.
  explicit PageBuffer(std::size_t bytes);
  PageBuffer(PageBuffer&& other) noexcept;
  PageBuffer& operator=(PageBuffer&& other) noexcept;
  PageBuffer(const PageBuffer&) = delete;
  PageBuffer& operator=(const PageBuffer&) = delete;
  ~PageBuffer();

  std::size_t bytes() const { return bytes_; }

  // The buffer as an array of T; bytes() must be a multiple of sizeof(T).
  template <class T>
  std::span<T> as() const {
    return {static_cast<T*>(data_), bytes_ / sizeof(T)};
  }

 private:
  void release() noexcept;

  void* base_ = nullptr;   // what the system gave
  std::size_t taken_ = 0;  // bytes mapped; 0 when base_ is calloc's
  void* data_ = nullptr;   // the aligned part of it
  std::size_t bytes_ = 0;
};

}  // namespace fastsamplers
