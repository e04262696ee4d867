#include "fastsamplers/order/randperm.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "fastsamplers/order/copies.hpp"

namespace fastsamplers::order {
namespace {

// Indices widened at a time.
constexpr u64 kChunk = 2048;

}  // namespace

Randperm::Randperm(const rng::Mt19937& engine, std::span<u32> out) : n_(out.size()) {
  if (n_ == 0) return;
  if (n_ < kInsideOutFrom) {
    std::memset(out.data(), 0, out.size_bytes());
    shuffle_.emplace<ForwardShuffle>(engine, out);
  } else {
    shuffle_.emplace<InsideOutShuffle>(engine, n_, out.data());
  }
}

Randperm::Randperm(const rng::Mt19937& engine, std::span<i32> out)
    : Randperm(engine, std::span<u32>{reinterpret_cast<u32*>(out.data()), out.size()}) {}

Randperm::Randperm(const rng::Mt19937& engine, std::span<i64> out)
    : n_(out.size()), wide_(out.data()) {
  if (n_ == 0) return;
  if (n_ < kInsideOutFrom) {
    auto* const places = reinterpret_cast<u32*>(out.data()) + n_;
    std::memset(places, 0, 4 * out.size());
    shuffle_.emplace<ForwardShuffle>(engine, std::span<u32>{places, out.size()});
  } else {
    auto* const bytes = reinterpret_cast<u8*>(out.data());
    shuffle_.emplace<InsideOutShuffle>(engine, n_, bytes + 8 * n_ - permutation_bytes(n_));
  }
}

bool Randperm::advance(u64 steps) {
  if (n_ == 0 || complete_) return true;
  if (auto* forward = std::get_if<ForwardShuffle>(&shuffle_)) {
    const u64 done = forward->steps_done();
    const u64 end = done + std::min(steps, n_ - done);
    if (wide_ != nullptr) {
      forward->read(done, {wide_ + done, static_cast<std::size_t>(end - done)});
    } else {
      forward->advance(end);
    }
    if (end < n_) return false;
  } else {
    auto& inside_out = std::get<InsideOutShuffle>(shuffle_);
    const u64 done = inside_out.steps_done();
    const u64 end = done + std::min(steps, n_ - done);
    inside_out.advance(end);
    if (end < n_) return false;
  }
  finish();
  complete_ = true;
  return true;
}

void Randperm::finish() {
  if (std::holds_alternative<ForwardShuffle>(shuffle_) || wide_ == nullptr || n_ > (u64{1} << 32))
    return;
  // Upwards: the places lie in the upper half of the result, and what is written to it up to index
  // i + count ends where the places of i + count begin, or before.
  const u8* const places = reinterpret_cast<const u8*>(wide_) + 4 * n_;
  const auto widen = kWiden.active();
  std::array<u32, kChunk> chunk;
  for (u64 i = 0; i < n_; i += kChunk) {
    const auto count = static_cast<std::size_t>(std::min<u64>(kChunk, n_ - i));
    std::memcpy(chunk.data(), places + 4 * i, 4 * count);
    widen(chunk.data(), count, wide_ + i);
  }
}

}  // namespace fastsamplers::order
