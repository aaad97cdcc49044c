#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dittofs/metadata_store.h"
#include "metadata/transaction/tracking_reader.h"
#include "metadata/transaction/write_set.h"

namespace dittofs::metadata {

/// A transaction that keeps its writes to itself until the store takes them: reads answer from the writes first and
/// then from the store's reader. Both are borrowed and must outlive it.
class BufferedTransaction final : public MetadataTransaction {
 public:
  BufferedTransaction(TrackingReader& base, WriteSet& writes) : base_(base), writes_(writes) {}

  Status GetInode(FileNumber number, InodeRecord& inode) override;
  Status GetEntry(FileNumber directory, std::string_view name, EntryRecord& entry) override;
  Status FindFolded(FileNumber directory, std::string_view folded, std::string& name, EntryRecord& entry) override;
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

  Status GetInodeForUpdate(FileNumber number, InodeRecord& inode) override;
  void PutInode(const InodeRecord& inode) override;
  void DeleteInode(FileNumber number) override;
  void PutEntry(FileNumber directory, std::string_view name, std::string_view folded,
                const EntryRecord& entry) override;
  void DeleteEntry(FileNumber directory, std::string_view name, std::string_view folded,
                   const EntryRecord& entry) override;
  void ChangeDirectory(FileNumber directory, const DirectoryDelta& delta, DirectoryChange* change) override;
  void PutSymlink(FileNumber number, std::string_view target) override;
  void PutExtent(FileNumber number, const Extent& extent) override;
  void DeleteExtent(FileNumber number, uint64_t offset) override;
  void PutBlock(const BlockId& block, uint32_t size_bytes, BlockState state) override;
  void DeleteBlock(const BlockId& block) override;
  void AddBlockReferences(const BlockId& block, int64_t delta) override;
  void PutExtendedAttribute(FileNumber number, std::string_view name, std::string_view value) override;
  void DeleteExtendedAttribute(FileNumber number, std::string_view name) override;
  void AddUsage(const UsageRecord& delta) override;
  void PutOrphan(FileNumber number) override;
  void DeleteOrphan(FileNumber number) override;

 private:
  /// Whether this transaction decided `number`'s inode; then `status` is the answer.
  bool OwnInode(FileNumber number, InodeRecord& inode, Status& status) const;
  bool Cleared(FileNumber number) const noexcept;
  Status ListMerged(FileNumber directory, Cookie after, bool with_inodes,
                    FunctionRef<bool(const MetadataEntry&)> visit);

  TrackingReader& base_;
  WriteSet& writes_;
};

}  // namespace dittofs::metadata
