#include "base/posix_access.h"

#include <cstring>

#include "dittofs/file_system.h"

namespace dittofs {

AccessMask PosixAccess(const Identity& caller, const Attributes& attributes, AccessMask wanted) noexcept {
  const bool is_directory = attributes.type == FileType::kDirectory;
  const uint32_t may = base::PosixPermissions(caller, attributes.mode, attributes.uid, attributes.gid, is_directory);
  AccessMask granted = AccessMask::kNone;
  if (may & base::kMayRead) granted = granted | AccessMask::kRead;
  if (is_directory) {
    // Names can only be changed where they can be looked up.
    if (may & base::kMayExecute) {
      granted = granted | AccessMask::kLookup;
      if (may & base::kMayWrite) granted = granted | AccessMask::kModify | AccessMask::kExtend | AccessMask::kDelete;
    }
  } else {
    // kLookup and kDelete say nothing about other types (RFC 1813 §3.3.4).
    if (may & base::kMayWrite) granted = granted | AccessMask::kModify | AccessMask::kExtend;
    if (may & base::kMayExecute) granted = granted | AccessMask::kExecute;
  }
  return granted & wanted;
}

Status CheckName(std::string_view name, size_t max_bytes) noexcept {
  if (name.empty()) return ErrorCode::kInvalidArgument;
  if (name == "." || name == "..") return ErrorCode::kExists;
  if (name.size() > max_bytes) return ErrorCode::kNameTooLong;
  if (std::memchr(name.data(), '/', name.size()) != nullptr || std::memchr(name.data(), 0, name.size()) != nullptr) {
    return ErrorCode::kInvalidArgument;
  }
  return {};
}

}  // namespace dittofs
