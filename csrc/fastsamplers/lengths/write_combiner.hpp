// Scattered writes to many places that each go on one after the other, a cache line at a time.
//
// A line of memory for each bucket collects what goes there; when it is full it is written past the
// caches, so that it is never read first and no other bucket's line is driven out.
// Memory: 68 bytes a bucket. Threads: an object is used by one thread at a time; several may write
// to one array, to places of their own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "fastsamplers/base/isa.hpp"
#include "fastsamplers/base/page_allocator.hpp"

#if FASTSAMPLERS_X86
#include <emmintrin.h>
#endif

namespace fastsamplers::lengths {

// Whether writing so pays for `values` values in so many buckets. ns a value at 1e7, into int64,
// 512 / 2,048 / 8,192 / 32,768 / 65,536 buckets: 2.9 / 3.0 / 5.1 / 7.0 / 9.0, and one by one
// 1.9 / 4.5 / 7.4 / 8.1 / 8.6. Where lines are not full in the end, they were collected in vain.
constexpr bool combining_pays(u64 buckets, u64 values) {
#if FASTSAMPLERS_X86
  return buckets >= 2048 && buckets <= 40000 && values / 32 >= buckets;
#else
  (void)buckets, (void)values;
  return false;
#endif
}

template <class Out>
class WriteCombiner {
 public:
  // What a loop writes with: a copy of its own stays in registers, whatever is written.
  class Writer {
   public:
    // Writes a value to the bucket's next place, which the caller counts.
    void put(u32 bucket, u32 place, Out value) const {
      Out* const line = lines_ + std::size_t{bucket} * kLine;
      const u32 within = (place + shift_) % kLine;
      line[within] = value;
      if (within == kLine - 1) write(bucket, place, line);
    }

   private:
    friend class WriteCombiner;

    void write(u32 bucket, u32 last, const Out* line) const {
      const u32 count = last - first_[bucket] + 1;
      // Places may have wrapped around where values changed after they were counted.
      if (count < kLine || last < kLine - 1 || last >= size_) {
        write_singly(last + 1 - std::min(count, kLine), last + 1, line);
        return;
      }
      Out* const to = out_ + (last + 1 - kLine);
#if FASTSAMPLERS_X86
      for (u32 k = 0; k < kLine; k += 16 / sizeof(Out)) {
        _mm_stream_si128(reinterpret_cast<__m128i*>(to + k),
                         _mm_load_si128(reinterpret_cast<const __m128i*>(line + k)));
      }
#else
      std::memcpy(to, line, 64);
#endif
    }

    void write_singly(u32 first, u32 end, const Out* line) const {
      for (u32 place = first; place < end; ++place) {
        if (place < size_) out_[place] = line[(place + shift_) % kLine];
      }
    }

    Out* out_ = nullptr;
    u64 size_ = 0;
    u32 shift_ = 0;  // where in its line the array begins
    const u32* first_ = nullptr;
    Out* lines_ = nullptr;
  };

  WriteCombiner(std::span<Out> out, std::size_t buckets)
      : out_(out), first_(buckets), lines_(buckets * kLine) {}

  // places[bucket]: where each bucket begins to be written. What it returns is used until finish().
  Writer begin(const u32* places) {
    std::copy_n(places, first_.size(), first_.begin());
    Writer writer;
    writer.out_ = out_.data();
    writer.size_ = out_.size();
    writer.shift_ =
        static_cast<u32>(reinterpret_cast<std::uintptr_t>(out_.data()) / sizeof(Out) % kLine);
    writer.first_ = first_.data();
    writer.lines_ = lines_.data();
    return writer;
  }

  // places[bucket]: where each bucket has come to. Writes what is left.
  void finish(const Writer& writer, const u32* places) {
    for (std::size_t bucket = 0; bucket < first_.size(); ++bucket) {
      const u32 end = places[bucket];
      const u32 started = (end + writer.shift_) % kLine;  // in a line that is not full
      const u32 first = end - std::min(started, end - first_[bucket]);
      writer.write_singly(first, end, lines_.data() + bucket * kLine);
    }
#if FASTSAMPLERS_X86
    _mm_sfence();  // before anybody is told that they are there
#endif
  }

 private:
  static constexpr u32 kLine = 64 / sizeof(Out);

  std::span<Out> out_;
  PageVector<u32> first_;
  PageVector<Out> lines_;
};

}  // namespace fastsamplers::lengths
