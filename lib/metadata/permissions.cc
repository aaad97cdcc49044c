#include "metadata/permissions.h"

namespace dittofs::metadata {

Status CheckEntryRemoval(const Identity& caller, const InodeRecord& directory, const InodeRecord& victim) noexcept {
  DITTOFS_RETURN_IF_ERROR(CheckPermission(caller, directory, base::kMayWrite | base::kMayExecute));
  if ((directory.mode & kModeSticky) == 0) return {};
  if (OwnsOrIsRoot(caller, directory) || caller.uid == victim.uid) return {};
  return ErrorCode::kPermissionDenied;
}

void InitializeOwnership(const Identity& caller, const InodeRecord& directory, const AttributeChanges& initial,
                         uint32_t default_mode, InodeRecord& inode) noexcept {
  const bool inherits = (directory.mode & kModeSetGid) != 0;
  inode.uid = caller.uid;
  inode.gid = inherits ? directory.gid : caller.gid;
  if (caller.is_root()) {
    if (initial.uid) inode.uid = *initial.uid;
    if (initial.gid) inode.gid = *initial.gid;
  }
  uint32_t mode = initial.mode.value_or(default_mode) & kModeAllBits;
  switch (inode.type) {
    case FileType::kSymlink:
      mode = 0777;
      break;
    case FileType::kDirectory:
      // The bit comes from the parent, never from the request (POSIX leaves it open; Linux decides so).
      mode &= kModePermissionBits | kModeSticky;
      if (inherits) mode |= kModeSetGid;
      break;
    default:
      if ((mode & kModeSetGid) != 0 && !caller.is_root() && !caller.in_group(inode.gid)) mode &= ~kModeSetGid;
  }
  inode.mode = mode;
}

namespace {

Status ApplyOwner(const Identity& caller, const AttributeChanges& changes, InodeRecord& inode) noexcept {
  if (!changes.uid && !changes.gid) return {};
  if (!caller.is_root()) {
    if (caller.uid != inode.uid) return ErrorCode::kPermissionDenied;
    if (changes.uid && *changes.uid != inode.uid) return ErrorCode::kPermissionDenied;
    if (changes.gid && *changes.gid != inode.gid && !caller.in_group(*changes.gid)) {
      return ErrorCode::kPermissionDenied;
    }
  }
  if (changes.uid) inode.uid = *changes.uid;
  if (changes.gid) inode.gid = *changes.gid;
  return {};
}

void ApplyMode(const Identity& caller, const AttributeChanges& changes, InodeRecord& inode) noexcept {
  const bool gives_away = inode.type != FileType::kDirectory && (changes.uid || changes.gid);
  if (!changes.mode) {
    // Linux takes setuid and setgid with every chown, root's included.
    if (gives_away) inode.mode = ModeAfterContentChange(inode.mode);
    return;
  }
  uint32_t mode = *changes.mode & kModeAllBits;
  if (gives_away) mode = ModeAfterContentChange(mode);
  if ((mode & kModeSetGid) != 0 && !caller.is_root() && !caller.in_group(inode.gid)) mode &= ~kModeSetGid;
  inode.mode = mode;
}

Status ApplyTimes(const Identity& caller, const AttributeChanges& changes, Timestamp now, const InodeRecord& before,
                  InodeRecord& inode) noexcept {
  using Source = AttributeChanges::TimeSource;
  if (changes.btime || changes.atime_source == Source::kClient || changes.mtime_source == Source::kClient) {
    if (!OwnsOrIsRoot(caller, before)) return ErrorCode::kPermissionDenied;
  } else if (changes.atime_source == Source::kServer || changes.mtime_source == Source::kServer) {
    DITTOFS_RETURN_IF_ERROR(CheckContentWrite(caller, before));
  }
  if (changes.atime_source != Source::kKeep)
    inode.atime = changes.atime_source == Source::kServer ? now : changes.atime;
  if (changes.mtime_source != Source::kKeep)
    inode.mtime = changes.mtime_source == Source::kServer ? now : changes.mtime;
  if (changes.btime) inode.btime = *changes.btime;
  return {};
}

}  // namespace

Status ApplyChanges(const Identity& caller, const AttributeChanges& changes, Timestamp now,
                    InodeRecord& inode) noexcept {
  const InodeRecord before = inode;
  // The mode is judged by the owner before the change, but by the group after it.
  if (changes.mode && !OwnsOrIsRoot(caller, before)) return ErrorCode::kPermissionDenied;
  DITTOFS_RETURN_IF_ERROR(ApplyOwner(caller, changes, inode));
  ApplyMode(caller, changes, inode);
  DITTOFS_RETURN_IF_ERROR(ApplyTimes(caller, changes, now, before, inode));
  inode.ctime = now;
  inode.change = NextChange(before, now);
  return {};
}

bool ChangesAnything(const AttributeChanges& changes) noexcept {
  using Source = AttributeChanges::TimeSource;
  return changes.mode || changes.uid || changes.gid || changes.size_bytes || changes.btime ||
         changes.atime_source != Source::kKeep || changes.mtime_source != Source::kKeep;
}

void ToAttributes(const InodeRecord& inode, Attributes& attributes) noexcept {
  attributes.valid = AttributeMask::kAll;
  attributes.type = inode.type;
  attributes.mode = inode.mode;
  attributes.link_count = inode.link_count;
  attributes.uid = inode.uid;
  attributes.gid = inode.gid;
  attributes.number = inode.number;
  attributes.size_bytes = inode.size_bytes;
  attributes.used_bytes = inode.used_bytes;
  attributes.device = inode.device;
  attributes.atime = inode.atime;
  attributes.mtime = inode.mtime;
  attributes.ctime = inode.ctime;
  attributes.btime = inode.btime;
  attributes.change = inode.change;
}

BeforeAttributes ToBefore(const InodeRecord& inode) noexcept {
  return {inode.size_bytes, inode.mtime, inode.ctime, inode.change};
}

void ToPair(const InodeRecord& before, const InodeRecord& after, ChangePair& pair) noexcept {
  pair.before = ToBefore(before);
  ToAttributes(after, pair.after);
}

}  // namespace dittofs::metadata
