#include "callback_stream.hpp"

#include <algorithm>
#include <array>

#include "fastsamplers/base/check.hpp"

namespace fastsamplers::python {
namespace {

// Indices drawn at a time where more are asked for: 512 KB, within a second-level cache.
constexpr u64 kMostDrawn = u64{1} << 16;

}  // namespace

CallbackStream::CallbackStream(py::function draw, u64 length, u64 granularity)
    : draw_(std::move(draw)), length_(length), granularity_(granularity) {
  check_argument(granularity > 0, "granularity", "positive", granularity);
}

CallbackStream::~CallbackStream() {
  py::gil_scoped_acquire acquire;
  draw_ = py::function();
}

std::size_t CallbackStream::next(std::span<i64> out) {
  const auto wanted = static_cast<std::size_t>(std::min<u64>(out.size(), remaining()));
  for (std::size_t filled = 0; filled < wanted;) {
    if (position_ == drawn_) {
      const u64 missing = std::min<u64>(wanted - filled, kMostDrawn);
      const u64 blocks = (missing + granularity_ - 1) / granularity_;
      const u64 count = std::min(blocks * granularity_, length_ - drawn_);
      py::gil_scoped_acquire acquire;
      const auto drawn = py::cast<py::array_t<i64, py::array::c_style>>(draw_(count));
      check_argument(drawn.ndim() == 1 && static_cast<u64>(drawn.size()) == count, "drawn",
                     "as many as asked for", drawn.size());
      block_.assign(drawn.data(), drawn.data() + count);
      drawn_ += count;
    }
    const std::size_t kept = static_cast<std::size_t>(drawn_ - position_);
    const std::size_t count = std::min(kept, wanted - filled);
    std::copy_n(block_.end() - static_cast<std::ptrdiff_t>(kept), count, out.begin() + filled);
    filled += count;
    position_ += count;
  }
  return wanted;
}

void CallbackStream::seek(u64 position) {
  check_position(position);
  check_argument(position >= position_, "position", "at least the present one for draws", position);
  std::array<i64, 256> skipped;
  while (position_ < position) {
    next(std::span(skipped).first(std::min<std::size_t>(skipped.size(), position - position_)));
  }
}

}  // namespace fastsamplers::python
