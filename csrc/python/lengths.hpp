// Lengths as Python hands them over: an array that is kept alive, and what a survey says of it.
#pragma once

#include <memory>

#include "bindings.hpp"
#include "fastsamplers/lengths/length_survey.hpp"

namespace fastsamplers::python {

struct Lengths {
  IntegerArray values;  // of the owner
  lengths::LengthSurvey survey;
  std::shared_ptr<py::array> owner;
};

using LengthsPointer = std::shared_ptr<const Lengths>;

}  // namespace fastsamplers::python
