#include "metadata/stores/memory/memory_commit.h"

#include <algorithm>
#include <bit>

namespace dittofs::memory_store {
namespace {

using metadata::EntryWrite;
using metadata::InodeWrite;

constexpr size_t kMaxNameBytes = 4096;

// What a row takes besides what it says of itself: allocator header and rounding, hash slot, tree slot.
constexpr int64_t kEntryOverheadBytes = 48;
constexpr int64_t kInodeOverheadBytes = 24;
constexpr int64_t kRowOverheadBytes = 96;

int64_t CostOf(const Entry& entry) noexcept {
  return static_cast<int64_t>(entry.size_bytes()) + kEntryOverheadBytes;
}
int64_t CostOf(const InodeNode& node) noexcept {
  return static_cast<int64_t>(node.size_bytes()) + kInodeOverheadBytes;
}
int64_t TextCost(std::string_view text) noexcept {
  return static_cast<int64_t>(text.size()) + kRowOverheadBytes;
}
constexpr int64_t kExtentCost = static_cast<int64_t>(sizeof(Extent)) + 16;
constexpr int64_t kBlockCost = static_cast<int64_t>(sizeof(BlockRow)) + 48;

}  // namespace

ShareTables::ShardMask MemoryCommit::WrittenShards() const {
  ShareTables::ShardMask mask = 0;
  for (const auto& [number, write] : writes_.inodes) mask |= Bit(ShareTables::ShardOf(number));
  for (const auto& [key, write] : writes_.entries) {
    mask |= Bit(ShareTables::ShardOf(EntryKey(key.number, key.name))) | Bit(ShareTables::ShardOf(key.number));
  }
  for (const auto& [number, write] : writes_.directories) mask |= Bit(ShareTables::ShardOf(number));
  for (const auto& [number, target] : writes_.symlinks) mask |= Bit(ShareTables::ShardOf(number));
  for (const auto& [key, write] : writes_.extents) mask |= Bit(ShareTables::ShardOf(key.number));
  for (const auto& [key, value] : writes_.extended_attributes) mask |= Bit(ShareTables::ShardOf(key.number));
  for (const auto& [block, write] : writes_.blocks) mask |= Bit(ShareTables::ShardOf(block));
  for (const auto& [block, delta] : writes_.block_references) mask |= Bit(ShareTables::ShardOf(block));
  if (mask == 0 && writes_.has_usage) mask = 1;
  return mask;
}

bool MemoryCommit::WritesLists() const noexcept {
  return !writes_.orphans.empty() || !writes_.blocks.empty() || !writes_.block_references.empty();
}

Status MemoryCommit::Run(const MemoryReader& reader) {
  const ShareTables::ShardMask mask = WrittenShards() | reader.shards();
  const TableLock lock(tables_, mask, WritesLists() || reader.lists());
  DITTOFS_RETURN_IF_ERROR(Check(&reader));
  Apply();
  return {};
}

Status MemoryCommit::RunLocked() {
  DITTOFS_RETURN_IF_ERROR(Check(nullptr));
  Apply();
  return {};
}

Status MemoryCommit::Check(const MemoryReader* reader) const {
  if (reader != nullptr && !reader->ReadsHold(writes_)) return ErrorCode::kConflict;
  for (const auto& [key, write] : writes_.entries) {
    if (key.name.size() > kMaxNameBytes || write.folded.size() > 4 * kMaxNameBytes) return ErrorCode::kNameTooLong;
  }
  DITTOFS_RETURN_IF_ERROR(CheckDirectories());
  DITTOFS_RETURN_IF_ERROR(CheckBlocks());
  if (budget_.max_bytes != 0) {
    const int64_t growth = EstimateGrowth();
    if (growth > 0 && budget_.used_bytes.load(std::memory_order_relaxed) + growth >
                          static_cast<int64_t>(std::min<uint64_t>(budget_.max_bytes, INT64_MAX))) {
      return Status(ErrorCode::kNoSpace, "the memory store's bound is reached");
    }
  }
  return {};
}

Status MemoryCommit::CheckEmpty(FileNumber directory) const {
  const Directory* rows = ShardFor(directory).FindDirectory(directory);
  int64_t entries = rows ? static_cast<int64_t>(rows->by_cookie.size()) : 0;
  for (const auto& [key, write] : writes_.entries) {
    if (key.number != directory) continue;
    const EntryKey entry_key(key.number, key.name);
    const bool present = tables_.shards[ShareTables::ShardOf(entry_key)].FindEntry(entry_key) != nullptr;
    entries += static_cast<int64_t>(!write.deleted) - static_cast<int64_t>(present);
  }
  return entries == 0 ? Status() : Status(ErrorCode::kConflict);
}

Status MemoryCommit::CheckDirectories() const {
  for (const auto& [number, write] : writes_.inodes) {
    if (write.deleted) DITTOFS_RETURN_IF_ERROR(CheckEmpty(number));
  }
  for (const auto& [number, write] : writes_.directories) {
    const InodeWrite* own = writes_.inodes.Find(number);
    InodeRecord record;
    if (own != nullptr) {
      if (own->deleted) return ErrorCode::kConflict;
      record = own->record;
    } else {
      const InodeNode* node = ShardFor(number).FindInode(number);
      if (node == nullptr) return ErrorCode::kConflict;
      node->Load(number, record);
    }
    if (static_cast<int64_t>(record.entry_count) + write.delta.entries < 0 ||
        static_cast<int64_t>(record.link_count) + write.delta.links < 0) {
      return Status(ErrorCode::kCorruption, "a directory would count fewer than no entries or links");
    }
  }
  return {};
}

Status MemoryCommit::CheckBlocks() const {
  for (const auto& [block, delta] : writes_.block_references) {
    const metadata::BlockWrite* own = writes_.blocks.Find(block);
    const BlockRow* row = tables_.shards[ShareTables::ShardOf(block)].FindBlock(block);
    const bool present = own ? !own->deleted : row != nullptr;
    const BlockState state = own ? own->state : row ? row->record.state : BlockState::kDeleting;
    if (!present || state == BlockState::kDeleting) return ErrorCode::kConflict;
    if ((row ? row->record.references : 0) + delta < 0) {
      return Status(ErrorCode::kCorruption, "a block would have fewer than no references");
    }
  }
  return {};
}

int64_t MemoryCommit::EstimateGrowth() const {
  int64_t growth = 0;
  for (const auto& [number, write] : writes_.inodes) {
    const InodeNode* node = ShardFor(number).FindInode(number);
    if (node == nullptr && !write.deleted) growth += static_cast<int64_t>(sizeof(InodeNode)) + kInodeOverheadBytes + 32;
    if (node != nullptr && write.deleted) growth -= CostOf(*node);
  }
  for (const auto& [key, write] : writes_.entries) {
    const EntryKey entry_key(key.number, key.name);
    const Entry* entry = tables_.shards[ShareTables::ShardOf(entry_key)].FindEntry(entry_key);
    if (entry == nullptr && !write.deleted) growth += static_cast<int64_t>(29 + key.name.size()) + kEntryOverheadBytes;
    if (entry != nullptr && write.deleted) growth -= CostOf(*entry);
  }
  for (const auto& [number, target] : writes_.symlinks) growth += TextCost(target);
  for (const auto& [key, write] : writes_.extents) {
    const auto rows = ShardFor(key.number).extents.find(key.number.value);
    const bool present =
        rows != ShardFor(key.number).extents.end() && rows->second->rows.find(key.offset) != rows->second->rows.end();
    growth += (static_cast<int64_t>(!write.deleted) - static_cast<int64_t>(present)) * kExtentCost;
  }
  for (const auto& [key, value] : writes_.extended_attributes) {
    if (value.has_value()) growth += TextCost(key.name) + static_cast<int64_t>(value->size());
  }
  for (const auto& [block, write] : writes_.blocks) {
    const bool present = tables_.shards[ShareTables::ShardOf(block)].FindBlock(block) != nullptr;
    growth += (static_cast<int64_t>(!write.deleted) - static_cast<int64_t>(present)) * kBlockCost;
  }
  return growth;
}

void MemoryCommit::Apply() {
  tables_.commits.fetch_add(1, std::memory_order_release);
  if (!writes_.entries.empty()) ApplyEntries();
  if (!writes_.inodes.empty()) ApplyInodes();
  if (!writes_.directories.empty()) ApplyDirectories();
  ApplyParts();
  ApplyBlocks();
  ApplyLists();
  if (writes_.has_usage) {
    UsageRecord& usage = tables_.shards[std::countr_zero(WrittenShards())].usage;
    usage.bytes += writes_.usage.bytes;
    usage.files += writes_.usage.files;
  }
}

void MemoryCommit::RemoveEntry(const EntryKey& key) {
  Shard& shard = tables_.shards[ShareTables::ShardOf(key)];
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end()) return;
  Entry* entry = *found;
  Account(-CostOf(*entry));
  shard.entries.erase(found);
  Shard& home = ShardFor(key.directory);
  Directory& rows = *home.FindDirectory(key.directory);
  const auto row = rows.by_cookie.find(entry->cookie);
  if (row != rows.by_cookie.end() && row->second == entry) rows.by_cookie.erase(row);
  if (!entry->other_folded().empty()) {
    const auto folded = rows.by_folded.find(std::string(entry->other_folded()));
    std::erase(folded->second, entry);
    if (folded->second.empty()) rows.by_folded.erase(folded);
  }
  Entry::Delete(entry);
  if (rows.by_cookie.empty() && rows.by_folded.empty()) home.directories.erase(key.directory.value);
}

void MemoryCommit::InsertEntry(const EntryKey& key, const EntryWrite& write) {
  Entry* entry = Entry::New(key.directory, key.name, write.folded, write.entry);
  tables_.shards[ShareTables::ShardOf(key)].entries.insert(entry);
  std::unique_ptr<Directory>& rows = ShardFor(key.directory).directories[key.directory.value];
  if (rows == nullptr) rows = std::make_unique<Directory>();
  rows->by_cookie.insert_or_assign(rows->by_cookie.end(), entry->cookie, entry);
  if (!entry->other_folded().empty()) rows->by_folded[std::string(entry->other_folded())].push_back(entry);
  Account(CostOf(*entry));
}

void MemoryCommit::ApplyEntries() {
  // Removals first: a rename may give the removed name's cookie to another name.
  for (const auto& [key, write] : writes_.entries) RemoveEntry(EntryKey(key.number, key.name));
  for (const auto& [key, write] : writes_.entries) {
    if (!write.deleted) InsertEntry(EntryKey(key.number, key.name), write);
  }
}

InodeNode* MemoryCommit::PutInode(const InodeRecord& record) {
  Shard& shard = ShardFor(record.number);
  InodePage*& page = shard.pages[record.number.value / InodePage::kNumbers];
  if (page == nullptr) page = new InodePage;
  InodeNode*& slot = page->slots[record.number.value % InodePage::kNumbers];
  if (slot != nullptr && slot->SameShape(record)) {
    slot->Assign(record);
  } else {
    InodeNode* made = InodeNode::New(record);
    Account(CostOf(*made));
    if (slot == nullptr) {
      ++page->used;
      made->identity = shard.NextVersion();
    } else {
      made->identity = slot->identity;
      made->content = slot->content;
      Account(-CostOf(*slot));
      InodeNode::Delete(slot);
    }
    slot = made;
  }
  slot->content = shard.NextVersion();
  return slot;
}

void MemoryCommit::RemoveInode(FileNumber number) {
  Shard& shard = ShardFor(number);
  const auto page = shard.pages.find(number.value / InodePage::kNumbers);
  if (page == shard.pages.end()) return;
  InodeNode*& slot = page->second->slots[number.value % InodePage::kNumbers];
  if (slot == nullptr) return;
  Account(-CostOf(*slot));
  InodeNode::Delete(slot);
  slot = nullptr;
  if (--page->second->used == 0) {
    delete page->second;
    shard.pages.erase(page);
  }
}

void MemoryCommit::ApplyInodes() {
  for (const auto& [number, write] : writes_.inodes) {
    if (write.cleared) {
      Shard& shard = ShardFor(number);
      if (const auto row = shard.symlinks.find(number.value); row != shard.symlinks.end()) {
        Account(-TextCost(row->second.rows));
        shard.symlinks.erase(row);
      }
      if (const auto rows = shard.attributes.find(number.value); rows != shard.attributes.end()) {
        for (const auto& [name, value] : rows->second->rows) {
          Account(-TextCost(name) - static_cast<int64_t>(value.size()));
        }
        shard.attributes.erase(rows);
      }
    }
    if (write.deleted) {
      RemoveInode(number);
    } else {
      InodeNode* node = PutInode(write.record);
      node->identity = ShardFor(number).NextVersion();
    }
  }
}

void MemoryCommit::ApplyDirectories() {
  for (const auto& [number, write] : writes_.directories) {
    InodeRecord record;
    ShardFor(number).FindInode(number)->Load(number, record);
    const BeforeAttributes before{record.size_bytes, record.mtime, record.ctime, record.change};
    record.entry_count = static_cast<uint64_t>(static_cast<int64_t>(record.entry_count) + write.delta.entries);
    record.link_count = static_cast<uint32_t>(static_cast<int64_t>(record.link_count) + write.delta.links);
    record.mtime = std::max(record.mtime, write.delta.time);
    record.ctime = std::max(record.ctime, write.delta.time);
    ++record.change;
    PutInode(record);
    if (write.change != nullptr) *write.change = DirectoryChange{before, record};
  }
}

void MemoryCommit::ApplyParts() {
  for (auto& [number, target] : writes_.symlinks) {
    Shard& shard = ShardFor(number);
    Versioned<std::string>& row = shard.symlinks[number.value];
    if (row.version != 0) Account(-TextCost(row.rows));
    Account(TextCost(target));
    row.rows = target;
    row.rows.shrink_to_fit();
    row.version = shard.NextVersion();
  }
  for (const auto& [key, write] : writes_.extents) {
    Shard& shard = ShardFor(key.number);
    const auto found = shard.extents.find(key.number.value);
    if (write.deleted) {
      if (found == shard.extents.end() || found->second->rows.erase(key.offset) == 0) continue;
      Account(-kExtentCost);
      if (found->second->rows.empty()) {
        shard.extents.erase(found);
      } else {
        found->second->version = shard.NextVersion();
      }
      continue;
    }
    std::unique_ptr<ExtentRows>& rows = shard.extents[key.number.value];
    if (rows == nullptr) rows = std::make_unique<ExtentRows>();
    if (rows->rows.insert_or_assign(key.offset, write.extent).second) Account(kExtentCost);
    rows->version = shard.NextVersion();
  }
  for (auto& [key, value] : writes_.extended_attributes) {
    Shard& shard = ShardFor(key.number);
    const auto found = shard.attributes.find(key.number.value);
    if (found != shard.attributes.end()) {
      const auto row = found->second->rows.find(key.name);
      if (row != found->second->rows.end()) {
        Account(-TextCost(key.name) - static_cast<int64_t>(row->second.size()));
        found->second->rows.erase(row);
        found->second->version = shard.NextVersion();
      }
      if (found->second->rows.empty()) shard.attributes.erase(found);
    }
    if (!value.has_value()) continue;
    std::unique_ptr<AttributeRows>& rows = shard.attributes[key.number.value];
    if (rows == nullptr) rows = std::make_unique<AttributeRows>();
    Account(TextCost(key.name) + static_cast<int64_t>(value->size()));
    rows->rows.insert_or_assign(key.name, *value);
    rows->version = shard.NextVersion();
  }
}

void MemoryCommit::ApplyBlocks() {
  for (const auto& [block, write] : writes_.blocks) {
    Shard& shard = tables_.shards[ShareTables::ShardOf(block)];
    if (write.deleted) {
      if (shard.blocks.erase(block) != 0) Account(-kBlockCost);
      if (tables_.unreferenced.erase(block) != 0) ++tables_.unreferenced_version;
      continue;
    }
    const auto [row, made] = shard.blocks.try_emplace(block);
    if (made) Account(kBlockCost);
    row->second.record.size_bytes = write.size_bytes;
    row->second.record.state = write.state;
    row->second.identity = shard.NextVersion();
    row->second.content = shard.NextVersion();
    if (row->second.record.references == 0 && tables_.unreferenced.insert(block).second) {
      ++tables_.unreferenced_version;
    }
  }
  for (const auto& [block, delta] : writes_.block_references) {
    Shard& shard = tables_.shards[ShareTables::ShardOf(block)];
    BlockRow& row = shard.blocks.find(block)->second;
    row.record.references += delta;
    row.content = shard.NextVersion();
    const bool listed =
        row.record.references == 0 ? tables_.unreferenced.insert(block).second : tables_.unreferenced.erase(block) != 0;
    if (listed) ++tables_.unreferenced_version;
  }
}

void MemoryCommit::ApplyLists() {
  for (const auto& [number, present] : writes_.orphans) {
    const bool changed = present ? tables_.orphans.insert(number).second : tables_.orphans.erase(number) != 0;
    if (changed) ++tables_.orphans_version;
  }
}

}  // namespace dittofs::memory_store
