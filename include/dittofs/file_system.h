#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dittofs/attributes.h"
#include "dittofs/buffer.h"
#include "dittofs/export.h"
#include "dittofs/identity.h"
#include "dittofs/ids.h"
#include "dittofs/status.h"

namespace dittofs {

inline constexpr size_t kMaxNameBytes = 255;
inline constexpr size_t kMaxPathBytes = 4096;

/// Told by an operation just before it may wait for a disk, a network, a lock or another thread, so that the thread
/// that reads requests can let somebody else do so. Idempotent and cheap; calling it without blocking costs only speed.
class BlockingHook {
 public:
  virtual void WillBlock() noexcept = 0;

 protected:
  ~BlockingHook() = default;
};

/// Who calls, and how. Borrowed for the call.
struct CallContext {
  Identity caller;
  BlockingHook* blocking = nullptr;

  void WillBlock() const noexcept {
    if (blocking) blocking->WillBlock();
  }
};
/// For in-process work that no permission check should stop.
inline constexpr CallContext kSuperuserContext{kSuperuser, nullptr};

/// What a file system can do. What it can't, the library answers in each protocol's own way or supplies itself.
struct FileSystemTraits {
  bool read_only = true;
  bool may_block = true;  ///< Operations may wait without calling WillBlock(); the library then calls it before each.
  bool hard_links = false;
  bool symlinks = false;
  bool special_files = false;  ///< Devices, sockets and FIFOs.
  bool sparse = false;         ///< Holes take no space.
  bool case_insensitive = false;
  bool case_preserving = true;
  bool extended_attributes = false;
  /// Entries carry cookies of their own that survive changes and restarts. If false, the library supplies cookies from
  /// the names (listings then cost a full read of the directory per page).
  bool persistent_cookies = false;
  /// The file system checks permissions itself. If false, the Runtime wraps it in EnforcePosixPermissions.
  bool checks_permissions = false;
  Timestamp time_granularity{0, 1};
  uint64_t max_file_size_bytes = (uint64_t{1} << 63) - 1;
  uint32_t max_name_bytes = kMaxNameBytes;
  uint32_t max_link_count = 32000;
};

struct LookupReply {
  Attributes file;
  Attributes directory;  ///< Also after kNotFound and other failures, if known.
};

struct DirectoryEntry {
  std::string_view name;  ///< Borrowed for the call of Add().
  FileNumber number;
  Cookie cookie;
  const Attributes* attributes = nullptr;  ///< Null if not wanted or not known.
};

/// Takes the entries of a listing in cookie order.
class DirectorySink {
 public:
  /// False: full, this entry was not taken, stop.
  virtual bool Add(const DirectoryEntry& entry) = 0;

 protected:
  ~DirectorySink() = default;
};

struct ReadDirectoryRequest {
  Cookie after;                                           ///< 0 = from the start.
  AttributeMask entry_attributes = AttributeMask::kNone;  ///< Wanted of every entry.
  uint32_t expected_entries = 0;                          ///< How many will probably fit; a hint for read-ahead.
};
struct ReadDirectoryReply {
  bool end = false;   ///< No entry after the last one that the sink took.
  FileNumber parent;  ///< The directory's parent; itself for the root. 0 = unknown.
  Attributes directory;
};

struct ReadReply {
  ReadContent content;
  bool end_of_file = false;  ///< The last byte read is the last of the file, or the offset is at or past its end.
  Attributes file;
};

/// What a client may do, as RFC 1813 §3.3.4 words it.
enum class AccessMask : uint32_t {
  kNone = 0,
  kRead = 0x01,
  kLookup = 0x02,
  kModify = 0x04,
  kExtend = 0x08,
  kDelete = 0x10,  ///< Delete an entry of this directory.
  kExecute = 0x20,
};
constexpr AccessMask operator|(AccessMask a, AccessMask b) noexcept {
  return static_cast<AccessMask>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}
constexpr AccessMask operator&(AccessMask a, AccessMask b) noexcept {
  return static_cast<AccessMask>(static_cast<uint32_t>(a) & static_cast<uint32_t>(b));
}
constexpr bool Has(AccessMask mask, AccessMask bit) noexcept {
  return (mask & bit) != AccessMask::kNone;
}

struct CheckAccessReply {
  AccessMask granted = AccessMask::kNone;
  Attributes file;
};

/// NFS has three ways to create, SMB six; these cover all.
enum class CreateDisposition : uint8_t {
  kOpenIf,       ///< Open it, or create it (NFSv3 UNCHECKED without size, SMB OPEN_IF).
  kMustCreate,   ///< Create it, or kExists (GUARDED, FILE_CREATE).
  kOverwriteIf,  ///< Truncate it and apply `initial.size_bytes`, or create it (UNCHECKED with size, OVERWRITE_IF).
  kOverwrite,    ///< Truncate it, or kNotFound.
  kSupersedeIf,  ///< Replace the file by a new one, or create it (SMB SUPERSEDE).
  kExclusive,    ///< Create it and remember `verifier`; if it exists with the same verifier, that was us: success.
};
enum class CreateOutcome : uint8_t { kCreated, kOpened, kOverwritten, kSuperseded };

struct CreateRequest {
  FileNumber directory;
  std::string_view name;
  CreateDisposition disposition = CreateDisposition::kMustCreate;
  AttributeChanges initial;  ///< Of a new file. With kOpenIf nothing of an existing file is changed.
  Verifier verifier;         ///< kExclusive only; any value, 0 included. Durable with the file.
};
struct CreateReply {
  CreateOutcome outcome = CreateOutcome::kCreated;
  Attributes file;
  ChangePair directory;
};

/// MakeDirectory, MakeSymlink and MakeNode.
struct MakeReply {
  Attributes file;
  ChangePair directory;
};

struct LinkReply {
  Attributes file;
  ChangePair directory;
};

enum class RemoveKind : uint8_t { kAnyButDirectory, kDirectory };
struct RemoveRequest {
  FileNumber directory;
  std::string_view name;
  RemoveKind kind = RemoveKind::kAnyButDirectory;
  FileNumber expected;  ///< If not 0: only if the name still means this file, else kNotFound.
};
struct RemoveReply {
  ChangePair directory;
  Attributes file;  ///< The file after its link is gone (link_count may be 0); for state tables and notification.
};

struct RenameRequest {
  FileNumber from_directory;
  std::string_view from_name;
  FileNumber to_directory;
  std::string_view to_name;
  bool may_replace = true;  ///< False: kExists if the target exists.
  FileNumber expected;      ///< If not 0: only if from_name still means this file, else kNotFound.
};
struct RenameReply {
  ChangePair from_directory;
  ChangePair to_directory;  ///< The same as from_directory if they are one.
  Attributes file;
  Attributes replaced;  ///< Present if a target was replaced.
};

/// How stable written bytes are when the call returns (stable_how, RFC 1813 §3.3.7). Ordered.
enum class Stability : uint8_t { kUnstable = 0, kDataSync = 1, kFileSync = 2 };

struct WriteRequest {
  FileNumber file;
  uint64_t offset = 0;
  BufferChain content;  ///< Owned pieces may be kept without a copy.
  Stability stability = Stability::kUnstable;
};
struct WriteReply {
  uint64_t count_bytes = 0;
  Stability stability = Stability::kUnstable;  ///< Really reached, at least what was asked.
  Verifier verifier;                           ///< Changes whenever unstable bytes may have been lost.
  ChangePair file;
};
struct CommitReply {
  Verifier verifier;
  ChangePair file;
};

struct SetAttributesReply {
  ChangePair file;
};

enum class SeekTarget : uint8_t { kContent, kHole };
struct SeekReply {
  uint64_t offset = 0;
  bool end_of_file = false;
};

/// FSSTAT (RFC 1813 §3.3.18): bytes and files of the whole file system.
struct FileSystemStatistics {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t available_bytes = 0;  ///< Free for this caller.
  uint64_t total_files = 0;
  uint64_t free_files = 0;
  uint64_t available_files = 0;
  Attributes root;
};

/// One share's files: what every protocol talks to. Implement the four required operations for a read-only tree, more
/// for more. Every operation is synchronous and thread-safe: it is called from many threads at once and may block (see
/// FileSystemTraits::may_block).
///
/// Shape: (caller, file, name, wanted attributes) -> Status and a reply. Nobody asks twice: attributes after the
/// operation and before/after pairs of what changed come back in the reply, taken atomically with the operation, or are
/// left absent. Replies are filled as far as known also on failure. Names arrive as bytes, 1..255 of them, without '/'
/// and NUL and never "." or ".." (except Lookup, see there); their encoding is not checked.
///
/// A FileNumber that is unknown (any more): kStale.
class DITTOFS_EXPORT FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual const FileSystemTraits& traits() const noexcept = 0;
  virtual FileNumber root() const noexcept { return kRootFileNumber; }

  // Required.

  virtual Status GetAttributes(const CallContext& context, FileNumber file, AttributeMask wanted,
                               Attributes& attributes) = 0;
  /// `name` may be ".." (the parent; the root's parent is the root); "." is answered by the library.
  virtual Status Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                        LookupReply& reply) = 0;
  /// Gives the entries after `request.after` to `sink` in cookie order until it is full. "." and ".." are not given.
  /// Every entry that exists during the whole listing is given exactly once, whatever is added or removed meanwhile.
  virtual Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                               DirectorySink& sink, ReadDirectoryReply& reply) = 0;
  /// Reads up to `length` bytes; fewer only at the end of the file.
  virtual Status Read(const CallContext& context, FileNumber file, uint64_t offset, uint32_t length,
                      ReadReply& reply) = 0;

  // Optional. The defaults answer kReadOnly if they would change something and traits().read_only, else kNotSupported.

  /// What of `wanted` the caller may do. The default derives it from mode, uid and gid (PosixAccess()).
  virtual Status CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted, CheckAccessReply& reply);
  virtual Status ReadSymlink(const CallContext& context, FileNumber file, std::string& target, Attributes& attributes);
  virtual Status SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                               SetAttributesReply& reply);
  virtual Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply);
  virtual Status MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                               const AttributeChanges& initial, MakeReply& reply);
  virtual Status MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name,
                             std::string_view target, const AttributeChanges& initial, MakeReply& reply);
  /// `type` is a device, socket or FIFO.
  virtual Status MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                          DeviceNumber device, const AttributeChanges& initial, MakeReply& reply);
  virtual Status Link(const CallContext& context, FileNumber file, FileNumber directory, std::string_view name,
                      LinkReply& reply);
  virtual Status Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply);
  virtual Status Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply);
  virtual Status Write(const CallContext& context, WriteRequest& request, WriteReply& reply);
  /// Makes written bytes stable; `length` 0 means to the end of the file.
  virtual Status Commit(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                        CommitReply& reply);
  virtual Status Allocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                          SetAttributesReply& reply);
  virtual Status Deallocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                            SetAttributesReply& reply);
  virtual Status Seek(const CallContext& context, FileNumber file, uint64_t offset, SeekTarget target,
                      SeekReply& reply);
  virtual Status Clone(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to,
                       uint64_t to_offset, uint64_t length, SetAttributesReply& reply);
  virtual Status GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                      std::string& value);
  /// `must_create` / `must_replace` as XATTR_CREATE / XATTR_REPLACE.
  virtual Status SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                      std::string_view value, bool must_create, bool must_replace,
                                      SetAttributesReply& reply);
  /// Appends the names, each followed by a NUL.
  virtual Status ListExtendedAttributes(const CallContext& context, FileNumber file, std::string& names);
  virtual Status RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                         SetAttributesReply& reply);
  /// The default answers zeros and the root's attributes.
  virtual Status GetStatistics(const CallContext& context, FileSystemStatistics& statistics);
};

/// The classic permission check: what of `wanted` `caller` may do with a file of these attributes. uid 0 may do all but
/// execute what nobody may execute. Pure; thread-safe.
DITTOFS_EXPORT AccessMask PosixAccess(const Identity& caller, const Attributes& attributes, AccessMask wanted) noexcept;

/// kOk if `name` can name a directory entry: 1..max_bytes bytes, no '/' and no NUL, not "." or "..". Otherwise
/// kNameTooLong, kInvalidArgument, or kExists for "." and "..".
DITTOFS_EXPORT Status CheckName(std::string_view name, size_t max_bytes = kMaxNameBytes) noexcept;

/// `inner` with classic POSIX permission checks before each operation (by mode, uid, gid, groups, sticky directories).
/// Runtime adds it to every file system that does not check permissions itself. Thread-safe.
DITTOFS_EXPORT std::unique_ptr<FileSystem> EnforcePosixPermissions(std::unique_ptr<FileSystem> inner);
/// `inner` with every changing operation answered by kReadOnly. Thread-safe.
DITTOFS_EXPORT std::unique_ptr<FileSystem> ReadOnly(std::unique_ptr<FileSystem> inner);
/// `inner` with cookies made from the names, for file systems without cookies of their own. Thread-safe.
DITTOFS_EXPORT std::unique_ptr<FileSystem> SupplyCookies(std::unique_ptr<FileSystem> inner);

}  // namespace dittofs
