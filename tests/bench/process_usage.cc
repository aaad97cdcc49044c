#include "process_usage.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace dittofs::bench {
namespace {

uint64_t ReadClockNs(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(time.tv_nsec);
}

std::string ReadProcFile(pid_t pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

uint64_t ProcessCpuNs(pid_t pid) {
  clockid_t clock;
  if (clock_getcpuclockid(pid, &clock) != 0) throw std::runtime_error("no process " + std::to_string(pid));
  return ReadClockNs(clock);
}

ProcessTicks ReadProcessTicks(pid_t pid) {
  const std::string text = ReadProcFile(pid, "stat");
  ProcessTicks ticks;
  const size_t after_name = text.rfind(')');  // the name may hold blanks and parentheses
  if (after_name == std::string::npos) return ticks;
  unsigned long user = 0;
  unsigned long system = 0;
  std::sscanf(text.c_str() + after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  ticks.user = user;
  ticks.system = system;
  return ticks;
}

uint64_t ProcessResidentBytes(pid_t pid) {
  const std::string text = ReadProcFile(pid, "status");
  const size_t at = text.find("VmRSS:");
  if (at == std::string::npos) return 0;
  return std::strtoull(text.c_str() + at + 6, nullptr, 10) * 1024;
}

uint64_t MonotonicNs() noexcept {
  return ReadClockNs(CLOCK_MONOTONIC);
}
uint64_t OwnCpuNs() noexcept {
  return ReadClockNs(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace dittofs::bench
