#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace dittofs {

inline constexpr uint32_t kRootUserId = 0;
inline constexpr uint32_t kNobodyUserId = 65534;
inline constexpr uint32_t kNobodyGroupId = 65534;

/// Who asks, after the share's squash rules. `groups` is borrowed: valid for the call only. uid and gid use all 32
/// bits.
struct Identity {
  uint32_t uid = kNobodyUserId;
  uint32_t gid = kNobodyGroupId;
  std::span<const uint32_t> groups;  ///< Supplementary groups; may or may not repeat gid.

  bool is_root() const noexcept { return uid == kRootUserId; }
  bool in_group(uint32_t group) const noexcept {
    return gid == group || std::find(groups.begin(), groups.end(), group) != groups.end();
  }
};

/// The caller of in-process work that no permission check should stop.
inline constexpr Identity kSuperuser{kRootUserId, 0, {}};

}  // namespace dittofs
