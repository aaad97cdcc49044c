#include "dittofs/file_system.h"

namespace dittofs {
namespace {

constexpr uint32_t kRead = 4;
constexpr uint32_t kWrite = 2;
constexpr uint32_t kExecute = 1;

/// The rwx bits that count for `caller`.
uint32_t PermissionBits(const Identity& caller, const Attributes& attributes) noexcept {
  if (caller.uid == attributes.uid) return attributes.mode >> 6 & 7;
  if (caller.in_group(attributes.gid)) return attributes.mode >> 3 & 7;
  return attributes.mode & 7;
}

}  // namespace

AccessMask PosixAccess(const Identity& caller, const Attributes& attributes, AccessMask wanted) noexcept {
  const bool directory = attributes.type == FileType::kDirectory;
  uint32_t bits = PermissionBits(caller, attributes);
  if (caller.is_root()) {
    bits = kRead | kWrite;
    // Search of directories is free for root; a file that nobody may execute is not a program (POSIX, access()).
    if (directory || (attributes.mode & 0111) != 0) bits |= kExecute;
  }
  AccessMask granted = AccessMask::kNone;
  if ((bits & kRead) != 0) granted = granted | AccessMask::kRead;
  if ((bits & kWrite) != 0) granted = granted | AccessMask::kModify | AccessMask::kExtend;
  if (directory) {
    // Entries are made, deleted and looked up by whoever may also search (RFC 1813 §3.3.4: LOOKUP and DELETE mean
    // nothing for other types, EXECUTE nothing for directories).
    if ((bits & kExecute) != 0) granted = granted | AccessMask::kLookup;
    if ((bits & kWrite) != 0 && (bits & kExecute) != 0) granted = granted | AccessMask::kDelete;
  } else if ((bits & kExecute) != 0) {
    granted = granted | AccessMask::kExecute;
  }
  return granted & wanted;
}

Status CheckName(std::string_view name, size_t max_bytes) noexcept {
  if (name.empty()) return ErrorCode::kInvalidArgument;
  if (name.size() > max_bytes) return ErrorCode::kNameTooLong;
  if (name == "." || name == "..") return ErrorCode::kExists;
  if (name.find('/') != name.npos || name.find('\0') != name.npos) return ErrorCode::kInvalidArgument;
  return {};
}

}  // namespace dittofs
