#pragma once

#include <cstdint>

#include "base/posix_access.h"
#include "dittofs/file_system.h"
#include "dittofs/metadata_store.h"

namespace dittofs::metadata {

// The rules of POSIX about who may do what, and what happens to modes, as functions of records. Nothing here reads a
// store or waits. Everything is pure and thread-safe.

/// Most links of a file that is no directory.
inline constexpr uint32_t kMaxFileLinks = 65000;
/// Most links of a directory (2 + sub-directories).
inline constexpr uint32_t kMaxDirectoryLinks = 0x7fffffff;
/// Most bytes of a file: the largest offset that is one of POSIX.
inline constexpr uint64_t kMaxFileBytes = (uint64_t{1} << 63) - 1;
/// Most bytes of a symlink's target (PATH_MAX counts a NUL).
inline constexpr size_t kMaxTargetBytes = kMaxPathBytes - 1;
/// What a directory answers as its size.
inline constexpr uint64_t kDirectoryBytes = 4096;

inline uint32_t PermissionsOf(const Identity& caller, const InodeRecord& inode) noexcept {
  return base::PosixPermissions(caller, inode.mode, inode.uid, inode.gid, inode.type == FileType::kDirectory);
}
/// kOk or kAccessDenied: whether `caller` has all of the rwx bits `needed`.
inline Status CheckPermission(const Identity& caller, const InodeRecord& inode, uint32_t needed) noexcept {
  return (PermissionsOf(caller, inode) & needed) == needed ? ErrorCode::kOk : ErrorCode::kAccessDenied;
}
inline bool OwnsOrIsRoot(const Identity& caller, const InodeRecord& inode) noexcept {
  return caller.is_root() || caller.uid == inode.uid;
}
/// As CheckPermission(kMayWrite), but the owner always may: a client checked when the file was opened, and permissions
/// taken away since don't stop an open file (RFC 1813 §4.4).
inline Status CheckContentWrite(const Identity& caller, const InodeRecord& inode) noexcept {
  return OwnsOrIsRoot(caller, inode) ? Status() : CheckPermission(caller, inode, base::kMayWrite);
}
/// The same for reading; a file that may be executed may be read by its client's pager (RFC 1813 §4.4).
inline Status CheckContentRead(const Identity& caller, const InodeRecord& inode) noexcept {
  if (OwnsOrIsRoot(caller, inode)) return {};
  return (PermissionsOf(caller, inode) & (base::kMayRead | base::kMayExecute)) != 0 ? ErrorCode::kOk
                                                                                    : ErrorCode::kAccessDenied;
}

/// Whether `caller` may take an entry that means `victim` out of `directory`: write and search permission (else
/// kAccessDenied), and in a sticky directory ownership of either (else kPermissionDenied).
Status CheckEntryRemoval(const Identity& caller, const InodeRecord& directory, const InodeRecord& victim) noexcept;

/// The mode after content was written, or owner or group changed, by anybody whom setuid and setgid do not belong to.
/// setgid without group execution means mandatory locking and stays.
constexpr uint32_t ModeAfterContentChange(uint32_t mode) noexcept {
  mode &= ~kModeSetUid;
  if (mode & 0010) mode &= ~kModeSetGid;
  return mode;
}

/// The change counter of `inode`'s next version. Files: also never below the time in nanoseconds, so that values which
/// a crash took back are not given out twice. Directories: one more, as stores merge them.
inline uint64_t NextChange(const InodeRecord& inode, Timestamp now) noexcept {
  if (inode.type == FileType::kDirectory) return inode.change + 1;
  const uint64_t time = static_cast<uint64_t>(now.seconds) * 1'000'000'000u + now.nanoseconds;
  return now.seconds > 0 && time > inode.change ? time : inode.change + 1;
}

/// Owner, group and mode of a new file in `directory`: setgid directories hand down their group, and to directories the
/// bit. Only root may give files away; others' `initial.uid` and `gid` are ignored, as knfsd does.
void InitializeOwnership(const Identity& caller, const InodeRecord& directory, const AttributeChanges& initial,
                         uint32_t default_mode, InodeRecord& inode) noexcept;

/// Applies `changes` except the size to `inode`, if `caller` may: owner and group rules of chown, chmod and utimes as
/// Linux has them. kPermissionDenied, kAccessDenied; `inode` is then undefined. Sets ctime and change.
Status ApplyChanges(const Identity& caller, const AttributeChanges& changes, Timestamp now,
                    InodeRecord& inode) noexcept;

/// Whether `changes` asks for anything at all.
bool ChangesAnything(const AttributeChanges& changes) noexcept;

void ToAttributes(const InodeRecord& inode, Attributes& attributes) noexcept;
BeforeAttributes ToBefore(const InodeRecord& inode) noexcept;
/// Before and after of one file.
void ToPair(const InodeRecord& before, const InodeRecord& after, ChangePair& pair) noexcept;

}  // namespace dittofs::metadata
