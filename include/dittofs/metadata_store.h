#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/attributes.h"
#include "dittofs/export.h"
#include "dittofs/function_ref.h"
#include "dittofs/ids.h"
#include "dittofs/status.h"

namespace dittofs {

/// The format of what the library keeps in metadata stores. A store written by a higher version is refused
/// (kUnknownFormat), a lower one is upgraded when it is opened.
inline constexpr uint32_t kMetadataFormatVersion = 1;

/// One file as a store keeps it. Trivially copyable; a symlink's target and extended attributes are rows of their own.
struct InodeRecord {
  FileNumber number;
  FileType type = FileType::kRegular;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t link_count = 0;  ///< Directories: 2 + sub-directories; merged by ChangeDirectory().
  uint64_t size_bytes = 0;
  uint64_t used_bytes = 0;
  DeviceNumber device;
  Timestamp atime;
  Timestamp mtime;
  Timestamp ctime;
  Timestamp btime;
  uint64_t change = 0;
  FileNumber parent;         ///< Directories only: what ".." means.
  uint64_t entry_count = 0;  ///< Directories only; merged by ChangeDirectory().
  Verifier create_verifier;  ///< Of an exclusive create.
  bool has_create_verifier = false;
  uint32_t flags = 0;  ///< Kept for protocols' attribute bits (hidden, archive, …); not interpreted by stores.

  friend bool operator==(const InodeRecord&, const InodeRecord&) = default;
};

/// One name in a directory. The cookie is unique in its directory for ever; the one who makes the entry chooses it from
/// AllocateNumbers().
struct EntryRecord {
  FileNumber child;
  FileType type = FileType::kRegular;
  Cookie cookie;
  friend bool operator==(const EntryRecord&, const EntryRecord&) = default;
};

/// `length` bytes of a file at `offset` are the bytes of `block` from `block_offset` on. Extents of a file never
/// overlap.
struct Extent {
  uint64_t offset = 0;
  uint64_t length = 0;
  BlockId block;
  uint32_t block_offset = 0;
  friend bool operator==(const Extent&, const Extent&) = default;
};

enum class BlockState : uint8_t {
  kStored = 1,    ///< In the block store; may be referenced.
  kDeleting = 2,  ///< The collector is deleting the stored object: must not be referenced, nor stored anew before the
                  ///< row is gone.
};
struct BlockRecord {
  uint32_t size_bytes = 0;
  BlockState state = BlockState::kStored;
  int64_t references = 0;  ///< Extents that name it; merged by AddBlockReferences().
  friend bool operator==(const BlockRecord&, const BlockRecord&) = default;
};

struct UsageRecord {
  int64_t bytes = 0;  ///< Sum of used_bytes.
  int64_t files = 0;  ///< Inodes of all types.
};

/// What a share is in a store: made at first use, kept for ever.
struct ShareRecord {
  std::string name;
  uint64_t block_scope =
      0;  ///< Random; prefix of its keys in the block store, so that shares never delete each other's blocks.
  Timestamp created;
};

/// What an operation changes in a directory besides its entries. Deltas of concurrent transactions merge: they never
/// conflict with each other. mtime and ctime become the later of what they are and `time`; change grows by one.
struct DirectoryDelta {
  int64_t entries = 0;
  int32_t links = 0;
  Timestamp time;
};
struct DirectoryChange {
  BeforeAttributes before;
  InodeRecord after;
};

struct MetadataEntry {
  std::string_view name;  ///< Borrowed for the call.
  EntryRecord entry;
  const InodeRecord* inode = nullptr;  ///< If asked for; borrowed for the call.
};

/// Reads inside a transaction. Every function answers kOk, kNotFound (proven absent), or why it could not be found out
/// (kIo, kUnavailable; kCorruption for a row that does not parse). Not thread-safe: one transaction, one thread.
class MetadataReader {
 public:
  virtual Status GetInode(FileNumber number, InodeRecord& inode) = 0;
  virtual Status GetEntry(FileNumber directory, std::string_view name, EntryRecord& entry) = 0;
  /// The entry whose folded name is `folded`; `name` receives its real name.
  virtual Status FindFolded(FileNumber directory, std::string_view folded, std::string& name, EntryRecord& entry) = 0;
  /// Entries with a cookie above `after`, in cookie order, until `visit` answers false or none is left; kOk in both
  /// cases. Costs in proportion to what is visited. With `with_inodes`, an entry whose inode is missing is kCorruption.
  virtual Status ListEntries(FileNumber directory, Cookie after, bool with_inodes,
                             FunctionRef<bool(const MetadataEntry&)> visit) = 0;
  virtual Status GetSymlink(FileNumber number, std::string& target) = 0;
  /// Extents that overlap [offset, offset + length), by offset, whole; `length` UINT64_MAX = to the end. Appends.
  virtual Status GetExtents(FileNumber number, uint64_t offset, uint64_t length, size_t max_extents,
                            std::vector<Extent>& extents) = 0;
  virtual Status GetBlock(const BlockId& block, BlockRecord& record) = 0;
  virtual Status GetExtendedAttribute(FileNumber number, std::string_view name, std::string& value) = 0;
  virtual Status ListExtendedAttributes(FileNumber number, std::vector<std::string>& names) = 0;
  virtual Status GetUsage(UsageRecord& usage) = 0;
  /// Files whose last link is gone but whose extents still stand, above `after`. Appends at most `max_count`.
  virtual Status ListOrphans(FileNumber after, size_t max_count, std::vector<FileNumber>& orphans) = 0;
  /// Blocks with no reference, above `after` by id (null: from the first). Appends at most `max_count`.
  virtual Status ListUnreferencedBlocks(const BlockId* after, size_t max_count, std::vector<BlockId>& blocks) = 0;

 protected:
  ~MetadataReader() = default;
};

/// Reads and writes of one Update(). Writes are seen by later reads of the same transaction (except what merges:
/// ChangeDirectory, AddUsage, AddBlockReferences) and by others after the commit, all or none.
class MetadataTransaction : public MetadataReader {
 public:
  /// As GetInode, and a concurrent ChangeDirectory() of it is a conflict too. Needed before PutInode() of a directory
  /// and by whoever depends on entry_count, link_count or times.
  virtual Status GetInodeForUpdate(FileNumber number, InodeRecord& inode) = 0;
  /// Makes or replaces the whole record.
  virtual void PutInode(const InodeRecord& inode) = 0;
  /// Deletes inode, symlink target and extended attributes. A directory must be empty when the transaction commits,
  /// else the commit is a conflict (fn runs again and sees the entry).
  virtual void DeleteInode(FileNumber number) = 0;
  /// Makes or replaces the entry `name`. `folded` is its key for FindFolded().
  virtual void PutEntry(FileNumber directory, std::string_view name, std::string_view folded,
                        const EntryRecord& entry) = 0;
  /// `entry` is what GetEntry() answered.
  virtual void DeleteEntry(FileNumber directory, std::string_view name, std::string_view folded,
                           const EntryRecord& entry) = 0;
  /// Merged at commit. `change`, if not null, is filled when Update() has answered kOk: before and after as of this
  /// very transaction in commit order. If the directory is gone by then, the commit is a conflict. The pointee must
  /// outlive Update(). At most one per directory and transaction.
  virtual void ChangeDirectory(FileNumber directory, const DirectoryDelta& delta, DirectoryChange* change) = 0;
  virtual void PutSymlink(FileNumber number, std::string_view target) = 0;
  virtual void PutExtent(FileNumber number, const Extent& extent) = 0;
  virtual void DeleteExtent(FileNumber number, uint64_t offset) = 0;
  /// Makes or replaces the row except its reference count (0 if new).
  virtual void PutBlock(const BlockId& block, uint32_t size_bytes, BlockState state) = 0;
  /// Conflicts with any concurrent reference.
  virtual void DeleteBlock(const BlockId& block) = 0;
  /// Merged at commit. A block whose row is absent or kDeleting at commit is a conflict; a sum below 0 is kCorruption.
  virtual void AddBlockReferences(const BlockId& block, int64_t delta) = 0;
  virtual void PutExtendedAttribute(FileNumber number, std::string_view name, std::string_view value) = 0;
  virtual void DeleteExtendedAttribute(FileNumber number, std::string_view name) = 0;
  /// Merged at commit.
  virtual void AddUsage(const UsageRecord& delta) = 0;
  virtual void PutOrphan(FileNumber number) = 0;
  virtual void DeleteOrphan(FileNumber number) = 0;

 protected:
  ~MetadataTransaction() = default;
};

enum class CommitDurability : uint8_t {
  kBuffered,  ///< Survives the process, not a power cut; ordered before every later commit.
  kDurable,   ///< On stable storage when Update() returns, with everything committed before it.
};

struct MetadataStoreTraits {
  bool may_block = true;  ///< View or Update may wait for a disk, a network or another thread's commit.
  bool durable = true;    ///< kDurable is true. False: contents end with the process.
  bool shared = false;    ///< Other processes may use the same store at the same time.
};

/// Keeps the metadata of many shares: CRUD inside transactions, no permissions and no protocol words. Thread-safe.
/// Opening one costs the same however many files it holds. `fn` calls nothing of the store but AllocateNumbers().
class DITTOFS_EXPORT MetadataStore {
 public:
  virtual ~MetadataStore() = default;
  virtual const MetadataStoreTraits& traits() const noexcept = 0;
  /// For messages: kind and place, without secrets, e.g. "leveldb:/var/lib/dittofs/metadata".
  virtual std::string Describe() const = 0;

  /// Makes the share's row at first use. `name` is kept for people; a known id with another name is renamed.
  virtual Result<ShareRecord> OpenShare(ShareId share, std::string_view name, uint64_t new_block_scope,
                                        Timestamp now) = 0;
  virtual Result<std::vector<ShareId>> ListShares() = 0;

  /// Runs `fn` on one snapshot of the share's rows. `fn` may run several times (only the last counts) and, in stores
  /// that find out at the end that rows changed meanwhile, may see a mixture in a run that is then repeated. Answers
  /// what `fn` answered, or why the snapshot could not be read.
  virtual Status View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) = 0;
  /// Runs `fn` and commits what it wrote if it answered kOk; serializable against every other Update of the store. On a
  /// conflict `fn` runs again, a bounded number of times; then kConflict. Any other answer of `fn` is returned and
  /// nothing is changed.
  virtual Status Update(ShareId share, CommitDurability durability, FunctionRef<Status(MetadataTransaction&)> fn) = 0;
  /// Makes every earlier kBuffered commit durable.
  virtual Status Sync() = 0;
  /// The first of `count` numbers of the share that were never given out before and never will be again; they start at
  /// 16. Durable before it returns.
  virtual Result<uint64_t> AllocateNumbers(ShareId share, uint32_t count) = 0;
};

}  // namespace dittofs
