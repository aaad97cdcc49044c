#pragma once

#include <sys/types.h>

#include <cstdint>

namespace dittofs::bench {

/// CPU time of all threads of `pid`, ended ones included, with the running slice counted up to now (the process clock
/// of clock_getcpuclockid(3): nanoseconds, where /proc/PID/stat has ticks of 10 ms). Throws std::runtime_error if there
/// is none.
uint64_t ProcessCpuNs(pid_t pid);

/// The part of it that was spent in the kernel, in percent, from /proc/PID/stat; `since` is an earlier result of Ticks.
struct ProcessTicks {
  uint64_t user = 0;
  uint64_t system = 0;
};
ProcessTicks ReadProcessTicks(pid_t pid);

/// Resident bytes (VmRSS) of `pid`.
uint64_t ProcessResidentBytes(pid_t pid);

/// CLOCK_MONOTONIC.
uint64_t MonotonicNs() noexcept;

/// CPU time of this process.
uint64_t OwnCpuNs() noexcept;

}  // namespace dittofs::bench
