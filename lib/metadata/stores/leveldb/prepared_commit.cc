#include "metadata/stores/leveldb/prepared_commit.h"

#include <algorithm>

#include "metadata/stores/leveldb/row_values.h"

namespace dittofs::leveldb_store {
namespace {

constexpr size_t kMaxNameBytes = 4096;

/// Encodes one transaction.
class Preparation {
 public:
  Preparation(const Database& database, OpenShareState& share, const metadata::WriteSet& writes, LevelDbReader& reader,
              PreparedCommit& prepared)
      : database_(database),
        share_(share.share),
        state_(share),
        writes_(writes),
        reader_(reader),
        prepared_(prepared) {}

  Status Run() {
    prepared_.writes = &writes_;
    DITTOFS_RETURN_IF_ERROR(PrepareEntries());
    DITTOFS_RETURN_IF_ERROR(PrepareInodes());
    PrepareParts();
    PrepareMerged();
    prepared_.reads = std::move(reader_.version_reads());
    Upgrade();
    return {};
  }

 private:
  template <typename Value>
  void Put(const RowKey& key, const Value& value) {
    prepared_.rows.Put(ToSlice(key.bytes()), ToSlice(value));
    prepared_.has_rows = true;
  }
  void Delete(const RowKey& key) {
    prepared_.rows.Delete(ToSlice(key.bytes()));
    prepared_.has_rows = true;
  }
  void Changes(VersionStripe& stripe) { prepared_.identity_changes.push_back(&stripe); }

  Status PrepareEntries();
  Status PrepareInodes();
  Status RequireEmpty(FileNumber directory);
  Status ClearParts(FileNumber number);
  void PrepareParts();
  void PrepareMerged();
  void Upgrade();

  const Database& database_;
  const ShareId share_;
  OpenShareState& state_;
  const metadata::WriteSet& writes_;
  LevelDbReader& reader_;
  PreparedCommit& prepared_;
  std::string value_;
};

Status Preparation::PrepareEntries() {
  // Old rows go first: a rename may give a removed name's cookie to another name.
  for (const auto& [key, write] : writes_.entries) {
    if (key.name.empty()) return Status(ErrorCode::kInvalidArgument, "an entry has no name");
    if (key.name.size() > kMaxNameBytes || write.folded.size() > 4 * kMaxNameBytes) return ErrorCode::kNameTooLong;
    const LevelDbReader::EntrySeen* old = nullptr;
    DITTOFS_RETURN_IF_ERROR(reader_.SeeEntry(key.number, key.name, old));
    if (old->found) {
      Delete(RowKey(share_, RowKind::kCookie, key.number.value, old->entry.cookie.value));
      if (old->has_folded) {
        Delete(RowKey::OfFolded(share_, key.number, old->folded, old->entry.cookie));
        Changes(database_.versions.Of(share_, Subject::kFolded, key.number.value, old->folded));
      }
      if (write.deleted) Delete(RowKey(share_, RowKind::kEntry, key.number.value, key.name));
    }
    Changes(database_.versions.Of(share_, Subject::kEntry, key.number.value, key.name));
    Changes(database_.versions.Of(share_, Subject::kListing, key.number.value));
  }
  for (const auto& [key, write] : writes_.entries) {
    if (write.deleted) continue;
    const bool has_folded = write.folded != key.name;
    value_.clear();
    EntryRow::Append(write.entry, has_folded, write.folded, value_);
    Put(RowKey(share_, RowKind::kEntry, key.number.value, key.name), value_);
    value_.clear();
    CookieRow::Append(write.entry, key.name, value_);
    Put(RowKey(share_, RowKind::kCookie, key.number.value, write.entry.cookie.value), value_);
    if (!has_folded) continue;
    value_.clear();
    TextRow::Append(key.name, value_);
    Put(RowKey::OfFolded(share_, key.number, write.folded, write.entry.cookie), value_);
    Changes(database_.versions.Of(share_, Subject::kFolded, key.number.value, write.folded));
  }
  return {};
}

Status Preparation::RequireEmpty(FileNumber directory) {
  for (const auto& [key, write] : writes_.entries) {
    if (key.number == directory && !write.deleted) return ErrorCode::kConflict;
  }
  bool empty = true;
  DITTOFS_RETURN_IF_ERROR(reader_.ListEntries(directory, Cookie{0}, false, [&](const MetadataEntry& entry) {
    const metadata::EntryWrite* write = writes_.entries.Find(metadata::NameView{directory, entry.name});
    empty = write != nullptr && write->deleted;
    return empty;
  }));
  return empty ? Status() : Status(ErrorCode::kConflict);
}

Status Preparation::ClearParts(FileNumber number) {
  FileType type;
  if (!reader_.TypeSeen(number, type) || type == FileType::kSymlink) {
    Delete(RowKey(share_, RowKind::kSymlink, number.value));
    Changes(database_.versions.Of(share_, Subject::kSymlink, number.value));
  }
  // Noted first: who gives the share its first attribute meanwhile makes this a conflict.
  reader_.NoteAttributes(number);
  std::vector<std::string> names;
  if (state_.may_have_attributes.load(std::memory_order_acquire)) {
    DITTOFS_RETURN_IF_ERROR(reader_.ListExtendedAttributes(number, names));
  }
  for (const std::string& name : names) Delete(RowKey(share_, RowKind::kExtendedAttribute, number.value, name));
  if (!names.empty()) Changes(database_.versions.Of(share_, Subject::kAttributes, number.value));
  return {};
}

Status Preparation::PrepareInodes() {
  for (const auto& [number, write] : writes_.inodes) {
    const RowKey key(share_, RowKind::kInode, number.value);
    Changes(database_.versions.Of(share_, Subject::kInode, number.value));
    if (write.cleared) DITTOFS_RETURN_IF_ERROR(ClearParts(number));
    if (!write.deleted) {
      Put(key, InodeRow::Encode(write.record));
      continue;
    }
    FileType type;
    if (!reader_.TypeSeen(number, type) || type == FileType::kDirectory) {
      DITTOFS_RETURN_IF_ERROR(RequireEmpty(number));
    }
    Delete(key);
  }
  return {};
}

void Preparation::PrepareParts() {
  for (const auto& [number, target] : writes_.symlinks) {
    value_.clear();
    TextRow::Append(target, value_);
    Put(RowKey(share_, RowKind::kSymlink, number.value), value_);
    Changes(database_.versions.Of(share_, Subject::kSymlink, number.value));
  }
  for (const auto& [key, write] : writes_.extents) {
    const RowKey row(share_, RowKind::kExtent, key.number.value, key.offset);
    if (write.deleted) {
      Delete(row);
    } else {
      Put(row, ExtentRow::Encode(write.extent));
    }
    VersionStripe& stripe = database_.versions.Of(share_, Subject::kExtents, key.number.value);
    if (prepared_.identity_changes.empty() || prepared_.identity_changes.back() != &stripe) Changes(stripe);
  }
  for (const auto& [key, value] : writes_.extended_attributes) {
    const RowKey row(share_, RowKind::kExtendedAttribute, key.number.value, key.name);
    if (value.has_value()) {
      state_.may_have_attributes.store(true, std::memory_order_release);
      value_.clear();
      TextRow::Append(*value, value_);
      Put(row, value_);
    } else {
      Delete(row);
    }
    Changes(database_.versions.Of(share_, Subject::kAttributes, key.number.value));
  }
  for (const auto& [number, present] : writes_.orphans) {
    const RowKey row(share_, RowKind::kOrphan, number.value);
    if (present) {
      Put(row, MarkRow::Encode());
    } else {
      Delete(row);
    }
  }
  if (!writes_.orphans.empty()) Changes(database_.versions.Of(share_, Subject::kOrphans, 0));
}

void Preparation::PrepareMerged() {
  for (const auto& [number, write] : writes_.directories) {
    prepared_.content_changes.push_back(&database_.versions.Of(share_, Subject::kInode, number.value));
  }
  for (const auto& [block, write] : writes_.blocks) Changes(database_.versions.Of(share_, block));
  for (const auto& [block, delta] : writes_.block_references) {
    prepared_.content_changes.push_back(&database_.versions.Of(share_, block));
  }
  if (!writes_.blocks.empty() || !writes_.block_references.empty()) {
    Changes(database_.versions.Of(share_, Subject::kUnreferenced, 0));
  }
}

void Preparation::Upgrade() {
  // Who replaces a record loses what was merged into it since he read it: then merged changes count.
  std::vector<const VersionStripe*> replaced;
  for (const auto& [number, write] : writes_.inodes) {
    replaced.push_back(&database_.versions.Of(share_, Subject::kInode, number.value));
  }
  for (const auto& [block, write] : writes_.blocks) replaced.push_back(&database_.versions.Of(share_, block));
  std::sort(replaced.begin(), replaced.end());
  for (LevelDbReader::VersionRead& read : prepared_.reads) {
    read.exact = read.exact || std::binary_search(replaced.begin(), replaced.end(), read.stripe);
  }
}

}  // namespace

Status PrepareCommit(const Database& database, OpenShareState& share, const metadata::WriteSet& writes,
                     LevelDbReader& reader, PreparedCommit& prepared) {
  return Preparation(database, share, writes, reader, prepared).Run();
}

}  // namespace dittofs::leveldb_store
