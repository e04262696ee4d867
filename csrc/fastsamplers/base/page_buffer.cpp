#include "fastsamplers/base/page_buffer.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "fastsamplers/base/memory.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define FASTSAMPLERS_HAS_MMAP 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

namespace fastsamplers {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLine = 64;

void* align(void* address, std::size_t alignment) {
  const auto number = reinterpret_cast<std::uintptr_t>(address);
  return reinterpret_cast<void*>((number + alignment - 1) & ~(alignment - 1));
}

// What was taken around the buffer's own bytes: AddressSanitizer would take it for part of them.
void forbid_margins(void* base, std::size_t taken, void* data, std::size_t bytes) {
  auto* const begin = static_cast<u8*>(data);
  auto* const end = begin + bytes;
  ASAN_POISON_MEMORY_REGION(base, begin - static_cast<u8*>(base));
  ASAN_POISON_MEMORY_REGION(end, static_cast<u8*>(base) + taken - end);
}

// What was compared with the free memory before may be refused all the same: others have taken some
// of it, or no part of the address space is long enough.
MemoryLimitError refused(std::size_t bytes) {
  return MemoryLimitError("an array needs " + std::to_string(bytes) + " bytes, but only " +
                          std::to_string(available_memory()) +
                          " are available; fewer samples need less");
}

}  // namespace

void advise_huge_pages(void* data, std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (begin + kHugePage - 1) & ~(kHugePage - 1);
  const std::uintptr_t end = begin + bytes;
  if (end > first && end - first >= kHugePage) {
    madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
  }
#else
  (void)data;
  (void)bytes;
#endif
}

PageBuffer::PageBuffer(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
#if FASTSAMPLERS_HAS_MMAP
  if (bytes >= kHugePage) {
    if (bytes > SIZE_MAX - kHugePage) throw std::bad_alloc();
    taken_ = bytes + kHugePage;  // room to align
    void* const base =
        mmap(nullptr, taken_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) throw refused(taken_);
    base_ = base;
    data_ = align(base, kHugePage);
    advise_huge_pages(data_, bytes);
    forbid_margins(base_, taken_, data_, bytes_);
    return;
  }
#endif
  if (bytes > SIZE_MAX - kLine) throw std::bad_alloc();
  base_ = std::calloc(bytes + kLine, 1);
  if (base_ == nullptr) throw refused(bytes);
  data_ = align(base_, kLine);
  forbid_margins(base_, bytes_ + kLine, data_, bytes_);
}

PageBuffer::PageBuffer(PageBuffer&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      taken_(std::exchange(other.taken_, 0)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

PageBuffer& PageBuffer::operator=(PageBuffer&& other) noexcept {
  if (this != &other) {
    release();
    base_ = std::exchange(other.base_, nullptr);
    taken_ = std::exchange(other.taken_, 0);
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

PageBuffer::~PageBuffer() { release(); }

void PageBuffer::release() noexcept {
  if (base_ == nullptr) return;
  ASAN_UNPOISON_MEMORY_REGION(base_, taken_ != 0 ? taken_ : bytes_ + kLine);
#if FASTSAMPLERS_HAS_MMAP
  if (taken_ != 0) {
    munmap(base_, taken_);
    base_ = nullptr;
    return;
  }
#endif
  std::free(base_);
  base_ = nullptr;
}

}  // namespace fastsamplers
