#include "isa_levels.hpp"

namespace fastsamplers::test {

std::vector<Isa> supported_levels() {
  std::vector<Isa> levels;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(supported_isa()); ++i) {
    levels.push_back(static_cast<Isa>(i));
  }
#if defined(__SANITIZE_THREAD__)  // which sees what plain code and the widest vectors write
  if (levels.size() > 2) levels.erase(levels.begin() + 1, levels.end() - 1);
#endif
  return levels;
}

ActiveIsa::ActiveIsa(Isa isa) : before_(name_of(active_isa())) { set_active_isa(isa_name(isa)); }

ActiveIsa::~ActiveIsa() { set_active_isa(before_); }

std::string name_of(Isa isa) { return std::string(isa_name(isa)); }

}  // namespace fastsamplers::test
