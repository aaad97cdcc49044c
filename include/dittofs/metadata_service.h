#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/environment.h"
#include "dittofs/export.h"
#include "dittofs/file_system.h"
#include "dittofs/metadata_store.h"

namespace dittofs {

struct MetadataServiceOptions {
  /// Must outlive the service, which must be the only writer of its share: stores that other processes may write to
  /// (MetadataStoreTraits::shared) are refused with kNotSupported.
  MetadataStore* store = nullptr;
  ShareId share;
  std::string share_name;
  Environment environment;
  uint64_t cache_bytes = 64u << 20;    ///< Inodes and entries kept in memory.
  uint64_t max_pending_files = 65536;  ///< Files with unpublished sizes or times; beyond, writers publish first.
  uint64_t quota_bytes = 0;            ///< Most used bytes of the share; 0 = no bound. Beyond: kQuotaExceeded.
  uint64_t quota_files = 0;
  /// Mode and owner of the root directory when the share is made.
  uint32_t root_mode = 0755;
  uint32_t root_uid = 0;
  uint32_t root_gid = 0;
  CommitDurability durability = CommitDurability::kDurable;  ///< Of every namespace change.
};

/// Told when bytes of a file must go from whatever holds them outside the metadata (dirty cache, log). Called while the
/// service holds the file's gate, before the change commits. Thread-safe.
class ContentObserver {
 public:
  /// The file will end at `size_bytes`. Answer != kOk stops the operation.
  virtual Status WillTruncate(const CallContext& context, FileNumber file, uint64_t size_bytes) = 0;
  /// The file's last link is gone.
  virtual void DidRemove(FileNumber file) noexcept = 0;
  /// A truncation, PunchHole or CloneExtents committed: what was written to [from, to) before is void (`to` UINT64_MAX
  /// = everything from there on). Called after the commit while the service still holds the file's gate, so that no
  /// PublishExtents of the same file comes in between. Not called if the change failed.
  virtual void DidDropContent(FileNumber file, uint64_t from, uint64_t to) noexcept {
    (void)file;
    (void)from;
    (void)to;
  }

 protected:
  ~ContentObserver() = default;
};

/// Names, attributes, permissions and extents of one share, with full POSIX semantics, over any MetadataStore. Caches
/// inodes and entries within a byte budget; serializes per inode. Thread-safe. Operations that have the name of a
/// FileSystem operation mean the same and answer the same.
class DITTOFS_EXPORT MetadataService final {
 public:
  /// Opens the share in the store, making its root directory at first use.
  static Result<std::unique_ptr<MetadataService>> Create(const MetadataServiceOptions& options);
  ~MetadataService();
  MetadataService(const MetadataService&) = delete;
  MetadataService& operator=(const MetadataService&) = delete;

  /// Set once before the first operation; must outlive the service.
  void SetContentObserver(ContentObserver* observer) noexcept;
  const ShareRecord& share() const noexcept;

  Status GetAttributes(const CallContext& context, FileNumber file, AttributeMask wanted, Attributes& attributes);
  Status Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                LookupReply& reply);
  /// As Lookup for clients whose names ignore case: by the folded-name index, never by a scan. `stored_name` receives
  /// the entry's own spelling.
  Status LookupFolded(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                      std::string& stored_name, LookupReply& reply);
  Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply);
  Status CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted, CheckAccessReply& reply);
  Status ReadSymlink(const CallContext& context, FileNumber file, std::string& target, Attributes& attributes);
  Status SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                       SetAttributesReply& reply);
  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply);
  Status MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                       const AttributeChanges& initial, MakeReply& reply);
  Status MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name, std::string_view target,
                     const AttributeChanges& initial, MakeReply& reply);
  Status MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                  DeviceNumber device, const AttributeChanges& initial, MakeReply& reply);
  Status Link(const CallContext& context, FileNumber file, FileNumber directory, std::string_view name,
              LinkReply& reply);
  Status Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply);
  Status Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply);
  Status GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name, std::string& value);
  Status SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string_view value, bool must_create, bool must_replace, SetAttributesReply& reply);
  Status ListExtendedAttributes(const CallContext& context, FileNumber file, std::string& names);
  Status RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                 SetAttributesReply& reply);
  Result<UsageRecord> GetUsage(const CallContext& context);

  // Content. The steps of a read and a write are put together by StoredFileSystem only.

  /// Checks that the caller may read this regular file; answers its attributes (pending size and times included).
  Status AuthorizeRead(const CallContext& context, FileNumber file, Attributes& attributes);
  /// Checks that the caller may write [offset, offset + length) of this regular file: permission, type, size limit,
  /// quota. kTryLater: max_pending_files are unpublished and this is not one of them; publish some, ask again.
  Status AuthorizeWrite(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length);
  /// After the bytes are in the cache: clears setuid/setgid where POSIX says so and records size and times as pending
  /// (seen by every read of attributes at once, durable with the next publish). `pair` is atomic.
  Status NoteWrite(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length, ChangePair& pair);
  /// Extents of [offset, offset + length), by offset; gaps are holes. Appends. Cached; `length` UINT64_MAX = to the
  /// end.
  Status GetExtents(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                    std::vector<Extent>& extents);
  /// kOk: the block is stored and may be referenced. kNotFound: it must be stored. kTryLater: it is being deleted.
  /// After kOk and kNotFound the collector leaves the block alone until it was published, for ten minutes at most.
  Status FindBlock(const CallContext& context, const BlockId& block, uint32_t* size_bytes);
  /// In one durable transaction: `extents` replace whatever the file had in their ranges, blocks and reference counts
  /// follow, and the pending size (as far as `extents` and committed content support it) and times become durable.
  /// kConflict: a referenced block is gone or being deleted, or was not asked for with FindBlock() before it was
  /// stored; store all of them again and repeat. kStale: the file is gone. `block_sizes` are the blocks' sizes.
  Status PublishExtents(const CallContext& context, FileNumber file, std::span<const Extent> extents,
                        std::span<const uint32_t> block_sizes, ChangePair* pair);
  /// The same, and `still_wanted` is asked while the file's gate is held, just before the commit (no lock of the
  /// service's caches or stores is held then): any other answer than kOk is returned and nothing is changed. Extents
  /// beyond the present size are kept and the size grows with them: the write that they belong to is noted a moment
  /// later.
  Status PublishExtents(const CallContext& context, FileNumber file, std::span<const Extent> extents,
                        std::span<const uint32_t> block_sizes, ChangePair* pair, FunctionRef<Status()> still_wanted);
  /// Makes pending size and times durable where no extents are left to publish. No-op if nothing is pending.
  Status PublishPending(const CallContext& context, FileNumber file, ChangePair* pair);
  /// The same, and `still_wanted` is asked at the file's gate once the pending size has been looked at: any other
  /// answer than kOk is returned and nothing is changed. For whoever must not make a size durable before the bytes
  /// below it.
  Status PublishPending(const CallContext& context, FileNumber file, ChangePair* pair,
                        FunctionRef<Status()> still_wanted);
  /// Makes [offset, offset + length) a hole; the size stays.
  Status PunchHole(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length, ChangePair& pair);
  /// `length` bytes of `to` at `to_offset` become those of `from` at `from_offset`: extents are shared, nothing is
  /// copied.
  Status CloneExtents(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to,
                      uint64_t to_offset, uint64_t length, ChangePair& pair);
  /// Forgets the pending size and times of `file` (its unstable bytes are lost).
  void DropPending(FileNumber file) noexcept;

  // Collection, called by a background thread.

  /// Frees extents of removed files, at most `max_extents` of them. Answers how many were freed; 0 = nothing left.
  Result<size_t> ReapOrphans(size_t max_extents);
  /// Marks unreferenced blocks as being deleted and appends them, at most `max_count`.
  Status TakeUnreferencedBlocks(size_t max_count, std::vector<BlockId>& blocks);
  /// The stored object is gone: forgets the row.
  Status ForgetBlock(const BlockId& block);

 private:
  struct Impl;
  explicit MetadataService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dittofs
