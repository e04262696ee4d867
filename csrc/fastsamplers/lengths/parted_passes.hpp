// A pass of a bucket sort over a chunk of items, by several threads, with the result of one.
//
// The chunk is cut into parts, one behind the other. Each part is counted, so that it is known
// where in each bucket it begins; then each is moved. Stable. Work: an item is looked at twice, by
// one thread once. Memory: 4 bytes a bucket and thread.
#pragma once

#include <utility>
#include <vector>

#include "fastsamplers/base/parallel.hpp"

namespace fastsamplers::lengths {

// Fewer items are left to one thread.
inline constexpr u64 kLeastChunk = u64{1} << 18;

// From counts to where each bucket begins.
inline void begin_buckets(std::vector<u32>& counts) {
  u32 place = 0;
  for (u32& count : counts) place += std::exchange(count, place);
}

// body(part, first, end) for each of `parts` parts of a chunk, by a team.
template <class Body>
void for_parts(u64 first, u64 end, std::size_t parts, const Body& body) {
  const u64 length = (end - first) / parts;
  ThreadTeam team(parts);
  team.run([&](std::size_t thread) {
    // The system may have refused some of the threads.
    for (std::size_t part = thread; part < parts; part += team.size()) {
      const u64 start = first + part * length;
      body(part, start, part + 1 < parts ? start + length : end);
    }
  });
}

inline std::size_t parts_of_chunk(u64 first, u64 end) {
  return end - first < 2 * kLeastChunk ? 1 : thread_count();
}

// Adds the items of a chunk to the counts of their buckets; count(first, end, counts) does it.
template <class Count>
void count_chunk(u64 first, u64 end, std::vector<u32>& counts, const Count& count) {
  const std::size_t parts = parts_of_chunk(first, end);
  if (parts == 1) {
    count(first, end, counts.data());
    return;
  }
  const std::size_t buckets = counts.size();
  std::vector<u32> of_parts(parts * buckets);
  for_parts(first, end, parts, [&](std::size_t part, u64 start, u64 stop) {
    count(start, stop, of_parts.data() + part * buckets);
  });
  for (std::size_t k = 0; k < of_parts.size(); ++k) counts[k % buckets] += of_parts[k];
}

// Moves the items of a chunk to where their buckets go on; move(part, first, end, places) does it
// for a part, and moves each place on.
template <class Count, class Move>
void move_chunk(u64 first, u64 end, std::vector<u32>& places, const Count& count,
                const Move& move) {
  const std::size_t parts = parts_of_chunk(first, end);
  if (parts == 1) {
    move(std::size_t{0}, first, end, places.data());
    return;
  }
  const std::size_t buckets = places.size();
  std::vector<u32> of_parts(parts * buckets);
  for_parts(first, end, parts, [&](std::size_t part, u64 start, u64 stop) {
    count(start, stop, of_parts.data() + part * buckets);
  });
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    for (std::size_t part = 0; part < parts; ++part) {
      const u32 size = std::exchange(of_parts[part * buckets + bucket], places[bucket]);
      places[bucket] += size;
    }
  }
  for_parts(first, end, parts, [&](std::size_t part, u64 start, u64 stop) {
    move(part, start, stop, of_parts.data() + part * buckets);
  });
}

}  // namespace fastsamplers::lengths
