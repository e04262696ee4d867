// Vectors on huge pages: an allocator whose large blocks are PageBuffers, and whose elements begin
// uninitialised where their type allows it.
//
// A vector of millions of elements from malloc is mapped, page by small page, each time it is made.
#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "fastsamplers/base/page_buffer.hpp"

namespace fastsamplers {

template <class T>
struct PageAllocator {
  using value_type = T;
  using is_always_equal = std::true_type;

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>& /*other*/) noexcept {
  }  // NOLINT(google-explicit-constructor)

  // The buffer that owns a block lies in the line before it.
  T* allocate(std::size_t count) {
    if (count > (SIZE_MAX - kHead) / sizeof(T)) throw std::bad_alloc();
    PageBuffer buffer(kHead + count * sizeof(T));
    u8* const start = buffer.as<u8>().data();
    new (start) PageBuffer(std::move(buffer));
    return reinterpret_cast<T*>(start + kHead);
  }
  void deallocate(T* block, std::size_t /*count*/) noexcept {
    auto* const owner = reinterpret_cast<PageBuffer*>(reinterpret_cast<u8*>(block) - kHead);
    const PageBuffer buffer(std::move(*owner));  // gives the memory back when it goes
  }

  template <class U, class... Arguments>
  void construct(U* place, Arguments&&... arguments) {
    if constexpr (sizeof...(Arguments) == 0 && std::is_trivially_default_constructible_v<U>) {
      new (place) U;
    } else {
      std::construct_at(place, std::forward<Arguments>(arguments)...);
    }
  }

  bool operator==(const PageAllocator&) const { return true; }

 private:
  static constexpr std::size_t kHead = 64;
  static_assert(sizeof(PageBuffer) <= kHead && alignof(T) <= kHead);
};

template <class T>
using PageVector = std::vector<T, PageAllocator<T>>;

}  // namespace fastsamplers
