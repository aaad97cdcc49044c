#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "dittofs/ids.h"

namespace dittofs {

/// The seven types of POSIX. Values are stored on disk; never renumber.
enum class FileType : uint8_t {
  kRegular = 1,
  kDirectory = 2,
  kBlockDevice = 3,
  kCharacterDevice = 4,
  kSymlink = 5,
  kSocket = 6,
  kFifo = 7,
};

/// Time since 1970-01-01 00:00:00 UTC; nanoseconds are 0..999,999,999 and always count forward.
struct Timestamp {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

struct DeviceNumber {
  uint32_t major = 0;
  uint32_t minor = 0;
  friend constexpr auto operator<=>(const DeviceNumber&, const DeviceNumber&) = default;
};

/// Permission bits of a mode (the type is not among them): rwxrwxrwx, sticky, setgid, setuid.
inline constexpr uint32_t kModePermissionBits = 0777;
inline constexpr uint32_t kModeSticky = 01000;
inline constexpr uint32_t kModeSetGid = 02000;
inline constexpr uint32_t kModeSetUid = 04000;
inline constexpr uint32_t kModeAllBits = 07777;

/// Which attributes a caller wants. A file system may return more, never less of what it supports.
enum class AttributeMask : uint32_t {
  kNone = 0,
  kIdentity = 1 << 0,  ///< number, type
  kMode = 1 << 1,      ///< mode, uid, gid, link_count
  kSize = 1 << 2,      ///< size_bytes, used_bytes
  kTimes = 1 << 3,     ///< atime, mtime, ctime, btime
  kChange = 1 << 4,    ///< change
  kDevice = 1 << 5,    ///< device
  kAll = (1 << 6) - 1,
};
constexpr AttributeMask operator|(AttributeMask a, AttributeMask b) noexcept {
  return static_cast<AttributeMask>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}
constexpr AttributeMask operator&(AttributeMask a, AttributeMask b) noexcept {
  return static_cast<AttributeMask>(static_cast<uint32_t>(a) & static_cast<uint32_t>(b));
}
constexpr bool Wants(AttributeMask mask, AttributeMask bit) noexcept {
  return (mask & bit) != AttributeMask::kNone;
}

/// What is known about a file. `valid` says which groups were filled; kNone means "absent".
struct Attributes {
  AttributeMask valid = AttributeMask::kNone;
  FileType type = FileType::kRegular;
  uint32_t mode = 0;        ///< kModeAllBits only.
  uint32_t link_count = 1;  ///< Directories: 2 + sub-directories.
  uint32_t uid = 0;
  uint32_t gid = 0;
  FileNumber number;
  uint64_t size_bytes = 0;
  uint64_t used_bytes = 0;  ///< Space the content takes, holes excluded.
  DeviceNumber device;      ///< Block and character devices only.
  Timestamp atime;
  Timestamp mtime;
  Timestamp ctime;
  Timestamp btime;
  uint64_t change =
      0;  ///< Strictly increases with every change of content or attributes (NFSv4 change, RFC 7530 §5.8.1.4).

  bool present() const noexcept { return valid != AttributeMask::kNone; }
};

/// What to set; absent fields stay as they are.
struct AttributeChanges {
  enum class TimeSource : uint8_t { kKeep, kServer, kClient };
  std::optional<uint32_t> mode;
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
  std::optional<uint64_t> size_bytes;
  TimeSource atime_source = TimeSource::kKeep;
  TimeSource mtime_source = TimeSource::kKeep;
  Timestamp atime;  ///< Used with kClient.
  Timestamp mtime;  ///< Used with kClient.
  std::optional<Timestamp> btime;
  /// If present and different from the file's ctime, nothing is changed: kNotSynchronized (sattrguard3, RFC 1813
  /// §3.3.2).
  std::optional<Timestamp> expected_ctime;
};

/// A file just before an operation changed it: what wcc_attr (RFC 1813 §2.6) and change_info4 need.
struct BeforeAttributes {
  uint64_t size_bytes = 0;
  Timestamp mtime;
  Timestamp ctime;
  uint64_t change = 0;
};

/// Before and after of one file, taken atomically with the change; or absent. After a failed operation `after` may be
/// present alone (`before` absent): what the file looks like, with nothing said about a change.
struct ChangePair {
  std::optional<BeforeAttributes> before;
  Attributes after;
};

}  // namespace dittofs
