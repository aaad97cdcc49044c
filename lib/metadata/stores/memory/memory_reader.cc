#include "metadata/stores/memory/memory_reader.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace dittofs::memory_store {
namespace {

uint64_t Digest(uint64_t so_far, const Entry& entry) noexcept {
  uint64_t x = so_far ^ (entry.cookie * 0x9E3779B97F4A7C15u);
  x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9u + entry.child;
  return x ^ (x >> 32);
}

/// The first extent that ends after `offset`. Extents never overlap, so at most one begins before and ends after it.
auto FirstOverlapping(const absl::btree_map<uint64_t, Extent>& rows, uint64_t offset) {
  auto at = rows.upper_bound(offset);
  if (at == rows.begin()) return at;
  const auto before = std::prev(at);
  return base::SaturatingAdd(before->second.offset, before->second.length) > offset ? before : at;
}

}  // namespace

/// Holds the lock of one read, unless the caller holds all of them.
class MemoryReader::ReadLock {
 public:
  ReadLock(MemoryReader& reader, ShareTables::ShardMask mask, bool lists = false) NO_THREAD_SAFETY_ANALYSIS
      : tables_(reader.tables_),
        mask_(reader.locking_ == Locking::kHeld ? 0 : mask),
        lists_(reader.locking_ == Locking::kEachRead && lists) {
    if (reader.locking_ == Locking::kHeld) return;
    tables_.Lock(mask_, lists_);
    reader.shards_ |= mask_;
    reader.lists_ |= lists_;
    ++reader.moments_;
  }
  ~ReadLock() { tables_.Unlock(mask_, lists_); }
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;

 private:
  ShareTables& tables_;
  const ShareTables::ShardMask mask_;
  const bool lists_;
};

Status MemoryReader::ReadInode(FileNumber number, bool exact, InodeRecord& inode) {
  const size_t at = ShareTables::ShardOf(number);
  const ReadLock lock(*this, ShareTables::Bit(at));
  const InodeNode* node = tables_.shards[at].FindInode(number);
  if (locking_ == Locking::kEachRead) {
    inodes_.push_back({number, node ? node->identity : 0, node ? node->content : 0, exact});
  }
  if (node == nullptr) return ErrorCode::kNotFound;
  node->Load(number, inode);
  return {};
}

Status MemoryReader::GetInode(FileNumber number, InodeRecord& inode) {
  return ReadInode(number, false, inode);
}

Status MemoryReader::GetInodeForUpdate(FileNumber number, InodeRecord& inode) {
  return ReadInode(number, true, inode);
}

Status MemoryReader::GetEntry(FileNumber directory, std::string_view name, EntryRecord& entry) {
  const EntryKey key(directory, name);
  const size_t at = ShareTables::ShardOf(key);
  const ReadLock lock(*this, ShareTables::Bit(at));
  const Entry* found = tables_.shards[at].FindEntry(key);
  const EntryRecord record = found ? found->record() : EntryRecord{};
  if (locking_ == Locking::kEachRead) entries_.push_back({directory, std::string(name), found != nullptr, record});
  if (found == nullptr) return ErrorCode::kNotFound;
  entry = record;
  return {};
}

void MemoryReader::CollectFolded(FileNumber directory, std::string_view folded,
                                 std::vector<const Entry*>& found) const {
  const EntryKey key(directory, folded);
  const Entry* same = tables_.shards[ShareTables::ShardOf(key)].FindEntry(key);
  if (same != nullptr && same->other_folded().empty()) found.push_back(same);
  const Directory* rows = tables_.shards[ShareTables::ShardOf(directory)].FindDirectory(directory);
  if (rows != nullptr && !rows->by_folded.empty()) {
    const auto others = rows->by_folded.find(std::string(folded));
    if (others != rows->by_folded.end()) found.insert(found.end(), others->second.begin(), others->second.end());
  }
  std::sort(found.begin() + (found.empty() || found[0] != same ? 0 : 1), found.end(),
            [](const Entry* a, const Entry* b) { return a->cookie < b->cookie; });
}

Status MemoryReader::VisitFolded(FileNumber directory, std::string_view folded,
                                 FunctionRef<bool(std::string_view, const EntryRecord&)> visit) {
  struct Found {
    std::string name;
    EntryRecord entry;
  };
  std::vector<Found> found;
  {
    const EntryKey key(directory, folded);
    const ReadLock lock(
        *this, ShareTables::Bit(ShareTables::ShardOf(key)) | ShareTables::Bit(ShareTables::ShardOf(directory)));
    std::vector<const Entry*> entries;
    CollectFolded(directory, folded, entries);
    uint64_t digest = 0;
    for (const Entry* entry : entries) {
      digest = Digest(digest, *entry);
      found.push_back({std::string(entry->name()), entry->record()});
    }
    if (locking_ == Locking::kEachRead) folded_.push_back({directory, std::string(folded), digest});
  }
  for (const Found& one : found) {
    if (!visit(one.name, one.entry)) break;
  }
  return {};
}

/// What a listing copies under the lock, to be visited without it.
struct MemoryReader::Batch {
  static constexpr size_t kMaxEntries = 64;
  struct Item {
    EntryRecord entry;
    uint32_t name_at;
    uint32_t name_bytes;
    uint64_t digest;  ///< Of the listing up to and with this entry.
  };
  std::array<Item, kMaxEntries> items;
  std::array<InodeRecord, kMaxEntries> inodes;
  std::array<InodeRead, kMaxEntries> inode_reads;
  size_t size = 0;
  std::string names;
};

Status MemoryReader::FillInodes(Batch& batch) {
  size_t i = 0;
  while (i < batch.size) {
    const size_t at = ShareTables::ShardOf(batch.items[i].entry.child);
    const ReadLock lock(*this, ShareTables::Bit(at));
    const Shard& shard = tables_.shards[at];
    // Nodes of neighbours are fetched together before the first is waited for.
    std::array<const InodeNode*, Batch::kMaxEntries> nodes;
    size_t end = i;
    const InodePage* page = nullptr;
    uint64_t page_number = 0;
    for (; end < batch.size && ShareTables::ShardOf(batch.items[end].entry.child) == at; ++end) {
      const uint64_t number = batch.items[end].entry.child.value;
      if (page == nullptr || number / InodePage::kNumbers != page_number) {
        page_number = number / InodePage::kNumbers;
        const auto found = shard.pages.find(page_number);
        if (found == shard.pages.end()) return Status(ErrorCode::kCorruption, "an entry has no inode");
        page = found->second;
      }
      nodes[end] = page->slots[number % InodePage::kNumbers];
      if (nodes[end] == nullptr) return Status(ErrorCode::kCorruption, "an entry has no inode");
      __builtin_prefetch(nodes[end]);
      __builtin_prefetch(reinterpret_cast<const char*>(nodes[end]) + 64);
    }
    for (; i < end; ++i) {
      nodes[i]->Load(batch.items[i].entry.child, batch.inodes[i]);
      batch.inode_reads[i] = {batch.items[i].entry.child, nodes[i]->identity, nodes[i]->content, false};
    }
  }
  return {};
}

Status MemoryReader::ListEntries(FileNumber directory, Cookie after, bool with_inodes,
                                 FunctionRef<bool(const MetadataEntry&)> visit) {
  const size_t at = ShareTables::ShardOf(directory);
  const bool remember = locking_ == Locking::kEachRead;
  RangeRead range{directory, after.value, after.value, 0};
  Status status;
  uint64_t from = after.value;
  size_t wanted = 8;  // many listings stop at the first entry
  auto batch = std::make_unique_for_overwrite<Batch>();
  bool more = true;
  while (more) {
    batch->size = 0;
    batch->names.clear();
    {
      const ReadLock lock(*this, ShareTables::Bit(at));
      const Directory* rows = tables_.shards[at].FindDirectory(directory);
      uint64_t digest = range.digest;
      if (rows != nullptr) {
        for (auto row = rows->by_cookie.upper_bound(from); row != rows->by_cookie.end() && batch->size < wanted;
             ++row) {
          const Entry& entry = *row->second;
          digest = Digest(digest, entry);
          batch->items[batch->size++] = {entry.record(), static_cast<uint32_t>(batch->names.size()), entry.name_bytes,
                                         digest};
          batch->names.append(entry.name());
        }
      }
    }
    more = batch->size == wanted;
    if (with_inodes) {
      status = FillInodes(*batch);
      if (!status.ok()) {
        // What was found wanting is part of what was read: if it changed meanwhile, the run does not count.
        const Batch::Item& last = batch->items[batch->size - 1];
        range.last = last.entry.cookie.value;
        range.digest = last.digest;
        break;
      }
    }
    for (size_t i = 0; i < batch->size; ++i) {
      const Batch::Item& item = batch->items[i];
      if (with_inodes && remember) inodes_.push_back(batch->inode_reads[i]);
      range.last = item.entry.cookie.value;
      range.digest = item.digest;
      if (!visit(MetadataEntry{std::string_view(batch->names).substr(item.name_at, item.name_bytes), item.entry,
                               with_inodes ? &batch->inodes[i] : nullptr})) {
        if (remember) ranges_.push_back(range);
        return {};
      }
    }
    from = range.last;
    wanted = std::min(wanted * 4, Batch::kMaxEntries);
  }
  if (status.ok()) range.last = UINT64_MAX;
  if (remember) ranges_.push_back(range);
  if (!status.ok()) moments_ += 2;  // perhaps only a removal in between: let the snapshot check decide
  return status;
}

uint64_t MemoryReader::DigestRange(FileNumber directory, uint64_t after, uint64_t last) const noexcept {
  uint64_t digest = 0;
  const Directory* rows = tables_.shards[ShareTables::ShardOf(directory)].FindDirectory(directory);
  if (rows == nullptr) return digest;
  for (auto row = rows->by_cookie.upper_bound(after); row != rows->by_cookie.end() && row->first <= last; ++row) {
    digest = Digest(digest, *row->second);
  }
  return digest;
}

uint32_t MemoryReader::PartVersion(FileNumber number, Part part) const noexcept {
  const Shard& shard = tables_.shards[ShareTables::ShardOf(number)];
  switch (part) {
    case Part::kSymlink: {
      const auto row = shard.symlinks.find(number.value);
      return row == shard.symlinks.end() ? 0 : row->second.version;
    }
    case Part::kExtents: {
      const auto row = shard.extents.find(number.value);
      return row == shard.extents.end() ? 0 : row->second->version;
    }
    case Part::kAttributes: {
      const auto row = shard.attributes.find(number.value);
      return row == shard.attributes.end() ? 0 : row->second->version;
    }
  }
  return 0;
}

Status MemoryReader::GetSymlink(FileNumber number, std::string& target) {
  const size_t at = ShareTables::ShardOf(number);
  const ReadLock lock(*this, ShareTables::Bit(at));
  if (locking_ == Locking::kEachRead) parts_.push_back({number, Part::kSymlink, PartVersion(number, Part::kSymlink)});
  const auto row = tables_.shards[at].symlinks.find(number.value);
  if (row == tables_.shards[at].symlinks.end()) return ErrorCode::kNotFound;
  target = row->second.rows;
  return {};
}

Status MemoryReader::GetExtents(FileNumber number, uint64_t offset, uint64_t length, size_t max_extents,
                                std::vector<Extent>& extents) {
  const size_t at = ShareTables::ShardOf(number);
  const uint64_t end = base::SaturatingAdd(offset, length);
  const ReadLock lock(*this, ShareTables::Bit(at));
  if (locking_ == Locking::kEachRead) parts_.push_back({number, Part::kExtents, PartVersion(number, Part::kExtents)});
  const auto found = tables_.shards[at].extents.find(number.value);
  if (found == tables_.shards[at].extents.end()) return {};
  const auto& rows = found->second->rows;
  size_t count = 0;
  for (auto row = FirstOverlapping(rows, offset); row != rows.end() && row->first < end && count < max_extents; ++row) {
    extents.push_back(row->second);
    ++count;
  }
  return {};
}

Status MemoryReader::GetBlock(const BlockId& block, BlockRecord& record) {
  const size_t at = ShareTables::ShardOf(block);
  const ReadLock lock(*this, ShareTables::Bit(at));
  const BlockRow* row = tables_.shards[at].FindBlock(block);
  if (locking_ == Locking::kEachRead) {
    blocks_.push_back({block, row ? row->identity : 0, row ? row->content : 0});
  }
  if (row == nullptr) return ErrorCode::kNotFound;
  record = row->record;
  return {};
}

Status MemoryReader::GetExtendedAttribute(FileNumber number, std::string_view name, std::string& value) {
  const size_t at = ShareTables::ShardOf(number);
  const ReadLock lock(*this, ShareTables::Bit(at));
  if (locking_ == Locking::kEachRead) {
    parts_.push_back({number, Part::kAttributes, PartVersion(number, Part::kAttributes)});
  }
  const auto rows = tables_.shards[at].attributes.find(number.value);
  if (rows == tables_.shards[at].attributes.end()) return ErrorCode::kNotFound;
  const auto row = rows->second->rows.find(name);
  if (row == rows->second->rows.end()) return ErrorCode::kNotFound;
  value = row->second;
  return {};
}

Status MemoryReader::ListExtendedAttributes(FileNumber number, std::vector<std::string>& names) {
  const size_t at = ShareTables::ShardOf(number);
  const ReadLock lock(*this, ShareTables::Bit(at));
  if (locking_ == Locking::kEachRead) {
    parts_.push_back({number, Part::kAttributes, PartVersion(number, Part::kAttributes)});
  }
  const auto rows = tables_.shards[at].attributes.find(number.value);
  if (rows == tables_.shards[at].attributes.end()) return {};
  for (const auto& [name, value] : rows->second->rows) names.push_back(name);
  return {};
}

UsageRecord MemoryReader::SumUsage() const noexcept {
  UsageRecord sum;
  for (const Shard& shard : tables_.shards) {
    sum.bytes += shard.usage.bytes;
    sum.files += shard.usage.files;
  }
  return sum;
}

Status MemoryReader::GetUsage(UsageRecord& usage) {
  const ReadLock lock(*this, ShareTables::kAllShards);
  usage = SumUsage();
  read_usage_ = true;
  usage_ = usage;
  return {};
}

Status MemoryReader::ListOrphans(FileNumber after, size_t max_count, std::vector<FileNumber>& orphans) {
  const ReadLock lock(*this, 0, true);
  read_orphans_ = true;
  orphans_version_ = tables_.orphans_version;
  size_t count = 0;
  for (auto row = tables_.orphans.upper_bound(after); row != tables_.orphans.end() && count < max_count; ++row) {
    orphans.push_back(*row);
    ++count;
  }
  return {};
}

Status MemoryReader::ListUnreferencedBlocks(const BlockId* after, size_t max_count, std::vector<BlockId>& blocks) {
  const ReadLock lock(*this, 0, true);
  read_unreferenced_ = true;
  unreferenced_version_ = tables_.unreferenced_version;
  size_t count = 0;
  auto row = after ? tables_.unreferenced.upper_bound(*after) : tables_.unreferenced.begin();
  for (; row != tables_.unreferenced.end() && count < max_count; ++row) {
    blocks.push_back(*row);
    ++count;
  }
  return {};
}

bool MemoryReader::SnapshotHolds() const {
  return Holds(true, nullptr);
}

bool MemoryReader::ReadsHold(const metadata::WriteSet& writes) const {
  return Holds(false, &writes);
}

bool MemoryReader::Holds(bool snapshot, const metadata::WriteSet* writes) const {
  for (const InodeRead& read : inodes_) {
    const InodeNode* node = tables_.shards[ShareTables::ShardOf(read.number)].FindInode(read.number);
    if ((node ? node->identity : 0) != read.identity) return false;
    if (node == nullptr || node->content == read.content) continue;
    if (snapshot || read.exact || writes->inodes.Find(read.number) != nullptr) return false;
  }
  for (const EntryRead& read : entries_) {
    const EntryKey key(read.directory, read.name);
    const Entry* entry = tables_.shards[ShareTables::ShardOf(key)].FindEntry(key);
    if ((entry != nullptr) != read.found) return false;
    if (entry != nullptr && !(entry->record() == read.entry)) return false;
  }
  for (const RangeRead& read : ranges_) {
    if (DigestRange(read.directory, read.after, read.last) != read.digest) return false;
  }
  for (const FoldedRead& read : folded_) {
    std::vector<const Entry*> entries;
    CollectFolded(read.directory, read.folded, entries);
    uint64_t digest = 0;
    for (const Entry* entry : entries) digest = Digest(digest, *entry);
    if (digest != read.digest) return false;
  }
  for (const PartRead& read : parts_) {
    if (PartVersion(read.number, read.part) != read.version) return false;
  }
  for (const BlockRead& read : blocks_) {
    const BlockRow* row = tables_.shards[ShareTables::ShardOf(read.block)].FindBlock(read.block);
    if ((row ? row->identity : 0) != read.identity) return false;
    if (row == nullptr || row->content == read.content) continue;
    if (snapshot || writes->blocks.Find(read.block) != nullptr) return false;
  }
  if (snapshot && read_usage_) {
    const UsageRecord now = SumUsage();
    if (now.bytes != usage_.bytes || now.files != usage_.files) return false;
  }
  if (read_orphans_ && tables_.orphans_version != orphans_version_) return false;
  return !read_unreferenced_ || tables_.unreferenced_version == unreferenced_version_;
}

}  // namespace dittofs::memory_store
