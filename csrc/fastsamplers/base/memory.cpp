#include "fastsamplers/base/memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#endif

namespace fastsamplers {
namespace {

constexpr u64 kUnlimited = std::numeric_limits<u64>::max();
// Where the system does not say: what 64-bit processors can address today.
constexpr u64 kMostAddressable = u64{1} << 57;
constexpr u64 kUnasked = u64{64} << 20;
// Large blocks begin with a huge page, which takes more of the address space than they hold.
constexpr u64 kHugePage = u64{2} << 20;
constexpr u64 kMargin = 4 * kHugePage;

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

u64 number_in(const std::string& path, u64 otherwise) {
  std::ifstream file(path);
  u64 value = 0;
  return file >> value ? value : otherwise;  // "max" is not a number
}

// The value behind `name` in a file of "name value" lines.
u64 field_in(const std::string& path, const std::string& wanted) {
  std::ifstream file(path);
  std::string name;
  u64 value = 0;
  while (file >> name >> value) {
    if (name == wanted) return value;
  }
  return 0;
}

u64 free_in_group(const std::string& folder, const char* limit, const char* usage,
                  const char* cache) {
  const u64 most = number_in(folder + limit, kUnlimited);
  if (most == kUnlimited) return kUnlimited;
  // Files read once stand in the usage, but give way to anything that asks for memory.
  const u64 used = number_in(folder + usage, 0);
  const u64 reclaimable = field_in(folder + "memory.stat", cache);
  return most - std::min(most, used - std::min(used, reclaimable));
}

// The tightest limit of the control groups this process is in, of version 2 or 1.
u64 free_in_control_group() {
  u64 free = kUnlimited;
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {  // "0::/a/b" or "5:memory:/a/b"
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool second_version = controllers.empty();
    if (!second_version && controllers != "memory") continue;
    // The group itself and every one above it, the root included.
    for (std::string group = line.substr(second + 1);;) {
      free = std::min(
          free, second_version
                    ? free_in_group("/sys/fs/cgroup" + group + "/", "memory.max", "memory.current",
                                    "inactive_file")
                    : free_in_group("/sys/fs/cgroup/memory" + group + "/", "memory.limit_in_bytes",
                                    "memory.usage_in_bytes", "total_inactive_file"));
      if (group.empty() || group == "/") break;
      group.resize(group.rfind('/'));
    }
  }
  return free;
}

u64 free_in_address_space() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  const u64 used = number_in("/proc/self/statm", 0) * static_cast<u64>(sysconf(_SC_PAGESIZE));
  return limit.rlim_cur - std::min<u64>(limit.rlim_cur, used);
}

#else

u64 free_in_address_space() { return kUnlimited; }

#endif

}  // namespace

u64 available_memory() {
#if defined(__linux__)
  return std::min({free_in_system(), free_in_control_group(), free_in_address_space()});
#elif defined(__APPLE__)
  // All the memory of the machine: what is free says little where the system compresses and swaps.
  u64 total = 0;
  std::size_t size = sizeof(total);
  return sysctlbyname("hw.memsize", &total, &size, nullptr, 0) == 0 ? total : kUnlimited;
#elif defined(_WIN32)
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof(status);
  if (GlobalMemoryStatusEx(&status) == 0) return kUnlimited;
  // Memory and page file that are not promised yet, for this process or its job.
  return std::min<u64>(status.ullAvailPageFile, status.ullAvailVirtual);
#else
  return kUnlimited;
#endif
}

void require_memory(u64 bytes, const std::string& what, const std::string& remedy) {
  u64 room = free_in_address_space();
  if (bytes >= kHugePage) room -= std::min(room, kMargin);
  if (bytes < kUnasked && bytes <= room) return;
  const u64 available = std::min({available_memory(), kMostAddressable, room});
  if (bytes <= available) return;
  std::ostringstream text;
  text << what << " needs " << bytes << " bytes, but only " << available << " are available; "
       << remedy;
  throw MemoryLimitError(text.str());
}

}  // namespace fastsamplers
