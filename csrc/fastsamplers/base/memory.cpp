#include "fastsamplers/base/memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace fastsamplers {
namespace {

constexpr u64 kUnlimited = std::numeric_limits<u64>::max();
// Where the system does not say: what 64-bit processors can address today.
constexpr u64 kMostAddressable = u64{1} << 57;
constexpr u64 kUnasked = u64{64} << 20;

#if defined(__linux__)

// MemAvailable + SwapFree of /proc/meminfo.
u64 free_in_system() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  u64 kibibytes = 0;
  u64 total = 0;
  bool found = false;
  std::string rest;
  while (file >> name >> kibibytes && std::getline(file, rest)) {
    if (name == "MemAvailable:") found = true;
    if (name == "MemAvailable:" || name == "SwapFree:") total += kibibytes * 1024;
  }
  return found ? total : kUnlimited;
}

u64 number_in(const char* path, u64 otherwise) {
  std::ifstream file(path);
  u64 value = 0;
  return file >> value ? value : otherwise;  // "max" is not a number
}

// The limit of the control group (version 2, then version 1) this process sees as its root.
u64 free_in_control_group() {
  for (const auto& [limit, used] :
       {std::pair{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        std::pair{"/sys/fs/cgroup/memory/memory.limit_in_bytes",
                  "/sys/fs/cgroup/memory/memory.usage_in_bytes"}}) {
    const u64 most = number_in(limit, kUnlimited);
    if (most != kUnlimited) return most - std::min(most, number_in(used, 0));
  }
  return kUnlimited;
}

u64 free_in_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  const u64 used = number_in("/proc/self/statm", 0) * static_cast<u64>(sysconf(_SC_PAGESIZE));
  return limit.rlim_cur - std::min<u64>(limit.rlim_cur, used);
}

#endif

}  // namespace

u64 available_memory() {
#if defined(__linux__)
  return std::min({free_in_system(), free_in_control_group(), free_in_address_space()});
#else
  return kUnlimited;
#endif
}

void require_memory(u64 bytes, const std::string& what, const std::string& remedy) {
  if (bytes < kUnasked) return;
  const u64 available = std::min(available_memory(), kMostAddressable);
  if (bytes <= available) return;
  std::ostringstream text;
  text << what << " needs " << bytes << " bytes, but only " << available << " are available; "
       << remedy;
  throw MemoryLimitError(text.str());
}

}  // namespace fastsamplers
