// Streams of every kind, sought and read in any pieces: seek(k) and read is read and skip.
#include "isa_levels.hpp"
#include "streams.hpp"
#include "thread_counts.hpp"
#include "walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastsamplers;
  fuzz::Input input(data, size);
  const test::ActiveIsa active(input.pick(test::supported_levels()));
  const test::ThreadCount threads(input.between(1, 2));
  const fuzz::StreamCase made = fuzz::order_of(input);
  fuzz::Walk(*made.stream, made.expected).run(input);
  return 0;
}
