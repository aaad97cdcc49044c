#pragma once

#include <cstdint>

#include "dittofs/attributes.h"
#include "dittofs/identity.h"

namespace dittofs::base {

inline constexpr uint32_t kMayExecute = 1;
inline constexpr uint32_t kMayWrite = 2;
inline constexpr uint32_t kMayRead = 4;

/// The rwx bits (kMay…) that `caller` has on a file of this mode, owner and group. The first class that matches decides
/// (owner, then group, then others), as POSIX says. uid 0 has all, but execute of a file that is no directory only if
/// somebody has it. Pure; thread-safe.
inline uint32_t PosixPermissions(const Identity& caller, uint32_t mode, uint32_t uid, uint32_t gid,
                                 bool is_directory) noexcept {
  if (caller.is_root()) {
    return kMayRead | kMayWrite | (is_directory || (mode & 0111) != 0 ? kMayExecute : 0);
  }
  if (caller.uid == uid) return (mode >> 6) & 7;
  if (caller.in_group(gid)) return (mode >> 3) & 7;
  return mode & 7;
}

}  // namespace dittofs::base
