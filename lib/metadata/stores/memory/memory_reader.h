#pragma once

#include <absl/container/inlined_vector.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/stores/memory/share_tables.h"
#include "metadata/transaction/tracking_reader.h"
#include "metadata/transaction/write_set.h"

namespace dittofs::memory_store {

/// Reads of one run of a View() or Update(): each takes the lock of its shard, and remembers what it saw.
class MemoryReader final : public metadata::TrackingReader {
 public:
  enum class Locking : uint8_t {
    kEachRead,  ///< Locks per read; StillHolds() tells whether all of it was one snapshot.
    kHeld,      ///< The caller holds every lock of the share; nothing needs to be remembered.
  };
  MemoryReader(ShareTables& tables, Locking locking) : tables_(tables), locking_(locking) {}

  Status GetInode(FileNumber number, InodeRecord& inode) override;
  Status GetInodeForUpdate(FileNumber number, InodeRecord& inode) override;
  Status GetEntry(FileNumber directory, std::string_view name, EntryRecord& entry) override;
  Status VisitFolded(FileNumber directory, std::string_view folded,
                     FunctionRef<bool(std::string_view, const EntryRecord&)> visit) override;
  Status ListEntries(FileNumber directory, Cookie after, bool with_inodes,
                     FunctionRef<bool(const MetadataEntry&)> visit) override;
  Status GetSymlink(FileNumber number, std::string& target) override;
  Status GetExtents(FileNumber number, uint64_t offset, uint64_t length, size_t max_extents,
                    std::vector<Extent>& extents) override;
  Status GetBlock(const BlockId& block, BlockRecord& record) override;
  Status GetExtendedAttribute(FileNumber number, std::string_view name, std::string& value) override;
  Status ListExtendedAttributes(FileNumber number, std::vector<std::string>& names) override;
  Status GetUsage(UsageRecord& usage) override;
  Status ListOrphans(FileNumber after, size_t max_count, std::vector<FileNumber>& orphans) override;
  Status ListUnreferencedBlocks(const BlockId* after, size_t max_count, std::vector<BlockId>& blocks) override;

  /// Whether everything was read under one lock at one moment, so that it is a snapshot without further proof.
  bool one_moment() const noexcept { return moments_ <= 1; }
  ShareTables::ShardMask shards() const noexcept { return shards_; }
  bool lists() const noexcept { return lists_; }

  /// Whether every answer would still be the same, for a snapshot. The caller holds shards() and lists().
  bool SnapshotHolds() const;
  /// The same for a commit of `writes`: merged changes of what was only looked at don't count, but they do for records
  /// that `writes` replaces, and usage never counts.
  bool ReadsHold(const metadata::WriteSet& writes) const;

 private:
  struct InodeRead {
    FileNumber number;
    uint32_t identity;  ///< 0: absent.
    uint32_t content;
    bool exact;  ///< Merged changes count too.
  };
  struct EntryRead {
    FileNumber directory;
    std::string name;
    bool found;
    EntryRecord entry;
  };
  /// Entries of a directory with a cookie in (after, last], or with a folded name.
  struct RangeRead {
    FileNumber directory;
    uint64_t after;
    uint64_t last;
    uint64_t digest;
  };
  struct FoldedRead {
    FileNumber directory;
    std::string folded;
    uint64_t digest;
  };
  enum class Part : uint8_t { kSymlink, kExtents, kAttributes };
  struct PartRead {
    FileNumber number;
    Part part;
    uint32_t version;  ///< 0: absent.
  };
  struct BlockRead {
    BlockId block;
    uint32_t identity;
    uint32_t content;
  };
  struct Batch;

  class ReadLock;
  Status ReadInode(FileNumber number, bool exact, InodeRecord& inode);
  Status FillInodes(Batch& batch);
  bool Holds(bool snapshot, const metadata::WriteSet* writes) const;
  uint32_t PartVersion(FileNumber number, Part part) const noexcept;
  uint64_t DigestRange(FileNumber directory, uint64_t after, uint64_t last) const noexcept;
  void CollectFolded(FileNumber directory, std::string_view folded, std::vector<const Entry*>& found) const;
  UsageRecord SumUsage() const noexcept;

  ShareTables& tables_;
  Locking locking_;
  ShareTables::ShardMask shards_ = 0;
  uint32_t moments_ = 0;
  bool lists_ = false;
  bool read_usage_ = false;
  bool read_orphans_ = false;
  bool read_unreferenced_ = false;
  UsageRecord usage_;
  uint64_t orphans_version_ = 0;
  uint64_t unreferenced_version_ = 0;
  absl::InlinedVector<InodeRead, 4> inodes_;
  absl::InlinedVector<EntryRead, 2> entries_;
  std::vector<RangeRead> ranges_;
  std::vector<FoldedRead> folded_;
  std::vector<PartRead> parts_;
  std::vector<BlockRead> blocks_;
};

}  // namespace dittofs::memory_store
