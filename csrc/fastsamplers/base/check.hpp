// Argument checks whose messages name the argument, the rule and the value.
//
// Every check runs before the first write, so a refused call changes nothing.
#pragma once

#include <sstream>
#include <stdexcept>

#include "fastsamplers/base/types.hpp"

namespace fastsamplers {

// Throws std::invalid_argument "<name> should be <rule>, but got <name>=<value>" unless `holds`.
template <class Value>
inline void check_argument(bool holds, const char* name, const char* rule, const Value& value) {
  if (holds) return;
  std::ostringstream text;
  text << name << " should be " << rule << ", but got " << name << "=" << value;
  throw std::invalid_argument(text.str());
}

}  // namespace fastsamplers
