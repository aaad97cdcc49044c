#include "metadata/stores/leveldb/leveldb_reader.h"

#include <algorithm>

#include "base/bytes.h"
#include "metadata/stores/leveldb/row_values.h"

namespace dittofs::leveldb_store {
namespace {

/// So many rows are stepped over before seeking is cheaper.
constexpr uint64_t kMaxSteps = 12;

Status IteratorStatus(const leveldb::Iterator& rows, std::string_view prefix) {
  if (rows.status().ok()) return {};
  return StatusOf(rows.status(), "reading rows after " + DescribeKey(prefix));
}

}  // namespace

/// Inodes of a listing, by a second iterator: file numbers of neighbours in a directory mostly grow with their cookies,
/// so that the next inode is one or a few rows further.
class LevelDbReader::InodeWalk {
 public:
  InodeWalk(const Database& database, ShareId share, const leveldb::Snapshot* snapshot)
      : share_(share), rows_(database.NewIterator(snapshot)) {}

  Status Get(FileNumber number, InodeRecord& inode) {
    const RowKey key(share_, RowKind::kInode, number.value);
    bool near = placed_ && rows_->Valid() && number.value > at_ && number.value - at_ <= kMaxSteps;
    if (near) {
      do {
        rows_->Next();
      } while (rows_->Valid() && ToView(rows_->key()) < key.bytes());
    } else {
      rows_->Seek(ToSlice(key.bytes()));
    }
    DITTOFS_RETURN_IF_ERROR(IteratorStatus(*rows_, key.bytes()));
    placed_ = true;
    at_ = number.value;
    if (!rows_->Valid() || ToView(rows_->key()) != key.bytes()) {
      placed_ = false;
      return ErrorCode::kNotFound;
    }
    return InodeRow::Decode(number, ToView(rows_->value()), inode) ? Status() : CorruptRow(key.bytes());
  }

 private:
  const ShareId share_;
  const std::unique_ptr<leveldb::Iterator> rows_;
  bool placed_ = false;
  uint64_t at_ = 0;
};

void LevelDbReader::Note(VersionStripe& stripe, bool exact) {
  if (!tracking()) return;
  version_reads_.push_back({&stripe, stripe.identity.load(std::memory_order_acquire),
                            stripe.content.load(std::memory_order_acquire), exact});
}

bool LevelDbReader::StillCurrent() const noexcept {
  for (const VersionRead& read : version_reads_) {
    const uint32_t identity = read.stripe->identity.load(std::memory_order_acquire);
    if (identity != read.identity || identity % 2 != 0) return false;
    if (!read.exact) continue;
    const uint32_t content = read.stripe->content.load(std::memory_order_acquire);
    if (content != read.content || content % 2 != 0) return false;
  }
  return true;
}

Status LevelDbReader::ReadInode(FileNumber number, bool exact, InodeRecord& inode) {
  Note(database_.versions.Of(share_, Subject::kInode, number.value), exact);
  const RowKey key(share_, RowKind::kInode, number.value);
  DITTOFS_RETURN_IF_ERROR(database_.Get(key.bytes(), snapshot_, value_));
  if (!InodeRow::Decode(number, value_, inode)) return CorruptRow(key.bytes());
  if (tracking()) inodes_seen_.push_back({number, inode.type});
  return {};
}

bool LevelDbReader::TypeSeen(FileNumber number, FileType& type) const noexcept {
  for (const InodeSeen& seen : inodes_seen_) {
    if (seen.number != number) continue;
    type = seen.type;
    return true;
  }
  return false;
}

Status LevelDbReader::GetEntry(FileNumber directory, std::string_view name, EntryRecord& entry) {
  if (tracking()) {
    const EntrySeen* seen = nullptr;
    DITTOFS_RETURN_IF_ERROR(SeeEntry(directory, name, seen));
    if (!seen->found) return ErrorCode::kNotFound;
    entry = seen->entry;
    return {};
  }
  const RowKey key(share_, RowKind::kEntry, directory.value, name);
  DITTOFS_RETURN_IF_ERROR(database_.Get(key.bytes(), snapshot_, value_));
  bool has_folded;
  std::string_view folded;
  return EntryRow::Decode(value_, entry, has_folded, folded) ? Status() : CorruptRow(key.bytes());
}

Status LevelDbReader::SeeEntry(FileNumber directory, std::string_view name, const EntrySeen*& seen) {
  for (const EntrySeen& known : entries_seen_) {
    if (known.directory == directory && known.name == name) {
      seen = &known;
      return {};
    }
  }
  Note(database_.versions.Of(share_, Subject::kEntry, directory.value, name));
  const RowKey key(share_, RowKind::kEntry, directory.value, name);
  const Status status = database_.Get(key.bytes(), snapshot_, value_);
  if (!status.ok() && !(status == ErrorCode::kNotFound)) return status;
  EntrySeen made;
  made.directory = directory;
  made.name.assign(name);
  made.found = status.ok();
  if (made.found) {
    std::string_view folded;
    if (!EntryRow::Decode(value_, made.entry, made.has_folded, folded)) return CorruptRow(key.bytes());
    made.folded.assign(folded);
  }
  seen = &entries_seen_.emplace_back(std::move(made));
  return {};
}

Status LevelDbReader::VisitFolded(FileNumber directory, std::string_view folded,
                                  FunctionRef<bool(std::string_view, const EntryRecord&)> visit) {
  Note(database_.versions.Of(share_, Subject::kEntry, directory.value, folded));
  Note(database_.versions.Of(share_, Subject::kFolded, directory.value, folded));
  EntryRecord entry;
  bool has_folded;
  std::string_view stored_folded;
  const RowKey same(share_, RowKind::kEntry, directory.value, folded);
  const Status status = database_.Get(same.bytes(), snapshot_, value_);
  if (status.ok()) {
    if (!EntryRow::Decode(value_, entry, has_folded, stored_folded)) return CorruptRow(same.bytes());
    if (!has_folded && !visit(folded, entry)) return {};
  } else if (!(status == ErrorCode::kNotFound)) {
    return status;
  }
  const RowKey prefix = RowKey::OfFolded(share_, directory, folded);
  const auto rows = database_.NewIterator(snapshot_);
  for (rows->Seek(ToSlice(prefix.bytes())); rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes()));
       rows->Next()) {
    std::string_view name;
    if (!WellFormed(ToView(rows->key())) || !TextRow::Decode(ToView(rows->value()), name)) {
      return CorruptRow(ToView(rows->key()));
    }
    const RowKey key(share_, RowKind::kEntry, directory.value, name);
    // An update reads the newest rows: the entry may have gone since the iterator was made; the commit will notice.
    Note(database_.versions.Of(share_, Subject::kEntry, directory.value, name));
    const Status found = database_.Get(key.bytes(), snapshot_, value_);
    if (found == ErrorCode::kNotFound && tracking()) continue;
    if (found == ErrorCode::kNotFound) {
      return Status(ErrorCode::kCorruption, DescribeKey(ToView(rows->key())) + " leads to no entry");
    }
    DITTOFS_RETURN_IF_ERROR(found);
    if (!EntryRow::Decode(value_, entry, has_folded, stored_folded)) return CorruptRow(key.bytes());
    if (!visit(name, entry)) return {};
  }
  return IteratorStatus(*rows, prefix.bytes());
}

Status LevelDbReader::ListEntries(FileNumber directory, Cookie after, bool with_inodes,
                                  FunctionRef<bool(const MetadataEntry&)> visit) {
  if (after.value == UINT64_MAX) return {};
  Note(database_.versions.Of(share_, Subject::kListing, directory.value));
  const RowKey prefix(share_, RowKind::kCookie, directory.value);
  const RowKey first(share_, RowKind::kCookie, directory.value, after.value + 1);
  const auto rows = database_.NewIterator(snapshot_);
  rows->Seek(ToSlice(first.bytes()));
  std::unique_ptr<InodeWalk> walk;
  MetadataEntry entry;
  InodeRecord inode;
  for (; rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes())); rows->Next()) {
    const std::string_view key = ToView(rows->key());
    if (!WellFormed(key)) return CorruptRow(key);
    if (!CookieRow::Decode(Cookie{LastNumberOf(key)}, ToView(rows->value()), entry.entry, entry.name)) {
      return CorruptRow(key);
    }
    if (with_inodes) {
      // Without a snapshot the version must be noted before the row is read: no walking.
      if (!tracking() && walk == nullptr) walk = std::make_unique<InodeWalk>(database_, share_, snapshot_);
      const Status status = tracking() ? GetInode(entry.entry.child, inode) : walk->Get(entry.entry.child, inode);
      if (status == ErrorCode::kNotFound) {
        return Status(ErrorCode::kCorruption, DescribeKey(key) + " leads to no inode");
      }
      DITTOFS_RETURN_IF_ERROR(status);
      entry.inode = &inode;
    }
    if (!visit(entry)) return {};
  }
  return IteratorStatus(*rows, prefix.bytes());
}

Status LevelDbReader::GetSymlink(FileNumber number, std::string& target) {
  Note(database_.versions.Of(share_, Subject::kSymlink, number.value));
  const RowKey key(share_, RowKind::kSymlink, number.value);
  DITTOFS_RETURN_IF_ERROR(database_.Get(key.bytes(), snapshot_, value_));
  std::string_view text;
  if (!TextRow::Decode(value_, text)) return CorruptRow(key.bytes());
  target.assign(text);
  return {};
}

Status LevelDbReader::GetExtents(FileNumber number, uint64_t offset, uint64_t length, size_t max_extents,
                                 std::vector<Extent>& extents) {
  Note(database_.versions.Of(share_, Subject::kExtents, number.value));
  const uint64_t end = base::SaturatingAdd(offset, length);
  const RowKey prefix(share_, RowKind::kExtent, number.value);
  const RowKey first(share_, RowKind::kExtent, number.value, offset);
  const auto rows = database_.NewIterator(snapshot_);
  rows->Seek(ToSlice(first.bytes()));
  Extent extent;
  const auto decode = [&](bool& found) {
    found = rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes()));
    if (!found) return IteratorStatus(*rows, prefix.bytes());
    const std::string_view key = ToView(rows->key());
    const bool good = WellFormed(key) && ExtentRow::Decode(LastNumberOf(key), ToView(rows->value()), extent);
    return good ? Status() : CorruptRow(key);
  };
  size_t count = 0;
  const bool exact = rows->Valid() && ToView(rows->key()) == first.bytes();
  if (offset != 0 && !exact) {
    // Extents never overlap: only the one right before can reach into the range.
    DITTOFS_RETURN_IF_ERROR(IteratorStatus(*rows, prefix.bytes()));
    if (rows->Valid()) {
      rows->Prev();
    } else {
      rows->SeekToLast();
    }
    bool found;
    DITTOFS_RETURN_IF_ERROR(decode(found));
    if (found && extent.offset < offset && extent.offset + extent.length > offset && count < max_extents) {
      extents.push_back(extent);
      ++count;
    }
    rows->Seek(ToSlice(first.bytes()));
  }
  for (; count < max_extents; rows->Next()) {
    bool found;
    DITTOFS_RETURN_IF_ERROR(decode(found));
    if (!found || extent.offset >= end) break;
    extents.push_back(extent);
    ++count;
  }
  return {};
}

Status LevelDbReader::GetBlock(const BlockId& block, BlockRecord& record) {
  Note(database_.versions.Of(share_, block));
  const RowKey key(share_, RowKind::kBlock, block);
  DITTOFS_RETURN_IF_ERROR(database_.Get(key.bytes(), snapshot_, value_));
  return BlockRow::Decode(value_, record) ? Status() : CorruptRow(key.bytes());
}

Status LevelDbReader::GetExtendedAttribute(FileNumber number, std::string_view name, std::string& value) {
  Note(database_.versions.Of(share_, Subject::kAttributes, number.value));
  const RowKey key(share_, RowKind::kExtendedAttribute, number.value, name);
  DITTOFS_RETURN_IF_ERROR(database_.Get(key.bytes(), snapshot_, value_));
  std::string_view text;
  if (!TextRow::Decode(value_, text)) return CorruptRow(key.bytes());
  value.assign(text);
  return {};
}

Status LevelDbReader::ListExtendedAttributes(FileNumber number, std::vector<std::string>& names) {
  Note(database_.versions.Of(share_, Subject::kAttributes, number.value));
  const RowKey prefix(share_, RowKind::kExtendedAttribute, number.value);
  const auto rows = database_.NewIterator(snapshot_);
  for (rows->Seek(ToSlice(prefix.bytes())); rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes()));
       rows->Next()) {
    if (!WellFormed(ToView(rows->key()))) return CorruptRow(ToView(rows->key()));
    names.emplace_back(ToView(rows->key()).substr(prefix.bytes().size()));
  }
  return IteratorStatus(*rows, prefix.bytes());
}

Status LevelDbReader::GetUsage(UsageRecord& usage) {
  // Usage merges, and who asks for it in an update must not wait for everybody else: it is not tracked.
  const RowKey key(share_, RowKind::kUsage);
  const Status status = database_.Get(key.bytes(), snapshot_, value_);
  if (status == ErrorCode::kNotFound) {
    usage = UsageRecord{};
    return {};
  }
  DITTOFS_RETURN_IF_ERROR(status);
  return UsageRow::Decode(value_, usage) ? Status() : CorruptRow(key.bytes());
}

Status LevelDbReader::ListOrphans(FileNumber after, size_t max_count, std::vector<FileNumber>& orphans) {
  if (after.value == UINT64_MAX) return {};
  Note(database_.versions.Of(share_, Subject::kOrphans, 0));
  const RowKey prefix(share_, RowKind::kOrphan);
  const RowKey first(share_, RowKind::kOrphan, after.value + 1);
  const auto rows = database_.NewIterator(snapshot_);
  size_t count = 0;
  for (rows->Seek(ToSlice(first.bytes()));
       count < max_count && rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes())); rows->Next(), ++count) {
    if (!WellFormed(ToView(rows->key())) || !MarkRow::Decode(ToView(rows->value()))) {
      return CorruptRow(ToView(rows->key()));
    }
    orphans.push_back(FileNumber{NumberOf(ToView(rows->key()))});
  }
  return IteratorStatus(*rows, prefix.bytes());
}

Status LevelDbReader::ListUnreferencedBlocks(const BlockId* after, size_t max_count, std::vector<BlockId>& blocks) {
  Note(database_.versions.Of(share_, Subject::kUnreferenced, 0));
  const RowKey prefix(share_, RowKind::kUnreferenced);
  const RowKey first = after ? RowKey(share_, RowKind::kUnreferenced, *after) : prefix;
  const auto rows = database_.NewIterator(snapshot_);
  rows->Seek(ToSlice(first.bytes()));
  if (after != nullptr && rows->Valid() && ToView(rows->key()) == first.bytes()) rows->Next();
  for (size_t count = 0; count < max_count && rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes()));
       rows->Next(), ++count) {
    const std::string_view key = ToView(rows->key());
    if (!WellFormed(key) || !MarkRow::Decode(ToView(rows->value()))) return CorruptRow(key);
    BlockId block;
    std::copy_n(key.data() + RowKey::kPrefixBytes, block.sha256.size(), reinterpret_cast<char*>(block.sha256.data()));
    blocks.push_back(block);
  }
  return IteratorStatus(*rows, prefix.bytes());
}

}  // namespace dittofs::leveldb_store
