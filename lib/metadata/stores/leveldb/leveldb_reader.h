#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/stores/leveldb/database.h"
#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/transaction/tracking_reader.h"

namespace dittofs::leveldb_store {

/// Reads of one run of a View() or Update(). With a snapshot nothing needs to be remembered. Without, each read notes
/// the version of its subject first and then reads the newest rows; the commit checks the versions.
class LevelDbReader final : public metadata::TrackingReader {
 public:
  struct VersionRead {
    VersionStripe* stripe;
    uint32_t identity;
    uint32_t content;
    bool exact;  ///< Merged changes count too.
  };
  /// What the commit needs to know of an entry that it replaces or deletes.
  struct EntrySeen {
    FileNumber directory;
    std::string name;
    bool found = false;
    bool has_folded = false;
    EntryRecord entry;
    std::string folded;
  };

  LevelDbReader(const Database& database, ShareId share, const leveldb::Snapshot* snapshot)
      : database_(database), share_(share), snapshot_(snapshot) {}

  Status GetInode(FileNumber number, InodeRecord& inode) override { return ReadInode(number, false, inode); }
  Status GetInodeForUpdate(FileNumber number, InodeRecord& inode) override { return ReadInode(number, true, inode); }
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

  /// The entry `name` as it was read in this run, read now if it was not. Valid until the next read.
  Status SeeEntry(FileNumber directory, std::string_view name, const EntrySeen*& seen);
  /// The type of an inode that was read in this run; false if it was not.
  bool TypeSeen(FileNumber number, FileType& type) const noexcept;
  /// As if the extended attributes of `number` had been read.
  void NoteAttributes(FileNumber number) {
    Note(database_.versions.Of(share_, Subject::kAttributes, number.value), false);
  }
  /// Whether nothing that was read has changed since, so that all reads saw one state.
  bool StillCurrent() const noexcept;
  std::vector<VersionRead>& version_reads() noexcept { return version_reads_; }

 private:
  class InodeWalk;
  Status ReadInode(FileNumber number, bool exact, InodeRecord& inode);
  void Note(VersionStripe& stripe, bool exact = false);
  bool tracking() const noexcept { return snapshot_ == nullptr; }

  const Database& database_;
  const ShareId share_;
  const leveldb::Snapshot* const snapshot_;
  std::string value_;
  std::vector<VersionRead> version_reads_;
  std::vector<EntrySeen> entries_seen_;
  struct InodeSeen {
    FileNumber number;
    FileType type;
  };
  std::vector<InodeSeen> inodes_seen_;
};

}  // namespace dittofs::leveldb_store
