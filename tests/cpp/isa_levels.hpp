// The instruction-set levels this machine can run, for tests that sweep them.
#pragma once

#include <string>
#include <vector>

#include "fastsamplers/base/isa.hpp"

namespace fastsamplers::test {

// scalar first, then every wider level up to supported_isa(); under ThreadSanitizer the first and the
// last of them.
std::vector<Isa> supported_levels();

// Puts one level in use for as long as it lives.
class ActiveIsa {
 public:
  explicit ActiveIsa(Isa isa);
  ~ActiveIsa();
  ActiveIsa(const ActiveIsa&) = delete;
  ActiveIsa& operator=(const ActiveIsa&) = delete;

 private:
  std::string before_;
};

// A level by its name, for the messages of a failing test.
std::string name_of(Isa isa);

}  // namespace fastsamplers::test
