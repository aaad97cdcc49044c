#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "dittofs/metadata_store.h"
#include "metadata/stores/memory/inode_node.h"

namespace dittofs::memory_store {

/// One name in a directory: one allocation that ends with the name and, if it differs, the folded name.
class Entry {
 public:
  static Entry* New(FileNumber directory, std::string_view name, std::string_view folded, const EntryRecord& record);
  static void Delete(Entry* entry) noexcept;

  EntryRecord record() const noexcept { return EntryRecord{FileNumber{child}, type, Cookie{cookie}}; }
  std::string_view name() const noexcept { return {reinterpret_cast<const char*>(this) + kNameOffset, name_bytes}; }
  /// Empty if it is the name itself.
  std::string_view other_folded() const noexcept {
    return {reinterpret_cast<const char*>(this) + kNameOffset + name_bytes, folded_bytes};
  }
  size_t size_bytes() const noexcept { return kNameOffset + name_bytes + folded_bytes; }

  uint64_t directory;
  uint64_t child;
  uint64_t cookie;
  uint16_t name_bytes;
  uint16_t folded_bytes;
  FileType type;

 private:
  static constexpr size_t kNameOffset = 29;
};

/// What entries are found by. Made once per operation, because it also chooses the shard.
struct EntryKey {
  EntryKey(FileNumber of_directory, std::string_view of_name) noexcept;
  FileNumber directory;
  std::string_view name;
  size_t hash;
};
struct EntryHash {
  using is_transparent = void;
  size_t operator()(const EntryKey& key) const noexcept { return key.hash; }
  size_t operator()(const Entry* entry) const noexcept {
    return EntryKey(FileNumber{entry->directory}, entry->name()).hash;
  }
};
struct EntryEqual {
  using is_transparent = void;
  bool operator()(const Entry* a, const Entry* b) const noexcept { return a == b; }
  bool operator()(const Entry* a, const EntryKey& b) const noexcept {
    return a->directory == b.directory.value && a->name() == b.name;
  }
  bool operator()(const EntryKey& a, const Entry* b) const noexcept { return (*this)(b, a); }
};

/// A directory's entries in listing order, and those whose folded name is not their name.
struct Directory {
  absl::btree_map<uint64_t, Entry*> by_cookie;
  absl::flat_hash_map<std::string, std::vector<Entry*>> by_folded;
};

/// Inodes of 16 consecutive numbers, so that a listing walks memory in order.
struct InodePage {
  static constexpr uint64_t kNumbers = 16;
  InodeNode* slots[kNumbers] = {};
  uint32_t used = 0;
};

template <typename Rows>
struct Versioned {
  Rows rows{};
  uint32_t version = 0;
};
using ExtentRows = Versioned<absl::btree_map<uint64_t, Extent>>;
using AttributeRows = Versioned<std::map<std::string, std::string, std::less<>>>;

struct BlockRow {
  BlockRecord record;
  uint32_t identity = 0;  ///< Changes with everything but merged references.
  uint32_t content = 0;   ///< Changes with every change.
};
struct BlockHash {
  size_t operator()(const BlockId& block) const noexcept { return std::hash<BlockId>()(block); }
};

/// A part of a share's rows with one lock. What belongs to a file number lies in one shard, entries by name in another
/// (so that one large directory spreads), blocks by their id. Which locks are held is decided at run time, so fields
/// are not annotated: every member but the lock is guarded by it.
struct alignas(64) Shard {
  base::Mutex mutex;  ///< Rank: shards of one share in index order, then ShareTables::lists_mutex.
  uint32_t last_version = 0;
  UsageRecord usage;  ///< The share's usage is the sum over its shards.
  absl::flat_hash_map<uint64_t, InodePage*> pages;
  absl::flat_hash_set<Entry*, EntryHash, EntryEqual> entries;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Directory>> directories;
  absl::flat_hash_map<uint64_t, Versioned<std::string>> symlinks;
  absl::flat_hash_map<uint64_t, std::unique_ptr<ExtentRows>> extents;
  absl::flat_hash_map<uint64_t, std::unique_ptr<AttributeRows>> attributes;
  absl::flat_hash_map<BlockId, BlockRow, BlockHash> blocks;

  uint32_t NextVersion() noexcept { return ++last_version; }
  InodeNode* FindInode(FileNumber number) const noexcept;
  Entry* FindEntry(const EntryKey& key) const noexcept;
  Directory* FindDirectory(FileNumber number) const noexcept;
  const BlockRow* FindBlock(const BlockId& block) const noexcept;
};

/// All rows of one share.
struct ShareTables {
  static constexpr size_t kShardBits = 5;
  static constexpr size_t kShards = size_t{1} << kShardBits;
  /// A set of shards, one bit each.
  using ShardMask = uint32_t;
  static constexpr ShardMask kAllShards = ~ShardMask{0};
  static_assert(sizeof(ShardMask) * 8 == kShards);
  static constexpr ShardMask Bit(size_t shard) noexcept { return ShardMask{1} << shard; }

  ShareTables() = default;
  ~ShareTables();
  ShareTables(const ShareTables&) = delete;
  ShareTables& operator=(const ShareTables&) = delete;

  static size_t ShardOf(FileNumber number) noexcept;
  static size_t ShardOf(const EntryKey& key) noexcept { return key.hash >> (64 - kShardBits); }
  static size_t ShardOf(const BlockId& block) noexcept { return block.sha256[31] % kShards; }

  /// Locks the shards of `mask` in index order and, if asked, the lists after them.
  void Lock(ShardMask mask, bool lists) NO_THREAD_SAFETY_ANALYSIS;
  void Unlock(ShardMask mask, bool lists) NO_THREAD_SAFETY_ANALYSIS;

  Shard shards[kShards];

  base::Mutex lists_mutex;  ///< Guards the four members below. Rank: after all shards.
  absl::btree_set<FileNumber> orphans;
  absl::btree_set<BlockId> unreferenced;
  uint64_t orphans_version = 0;
  uint64_t unreferenced_version = 0;

  /// Grows while a commit holds all its locks: who sees it unchanged has seen no half of a commit.
  std::atomic<uint64_t> commits{0};
  std::atomic<uint64_t> next_number{16};
};

/// Holds locks of a share for a scope.
class TableLock {
 public:
  TableLock(ShareTables& tables, ShareTables::ShardMask mask, bool lists)
      : tables_(tables), mask_(mask), lists_(lists) {
    tables_.Lock(mask_, lists_);
  }
  ~TableLock() { tables_.Unlock(mask_, lists_); }
  TableLock(const TableLock&) = delete;
  TableLock& operator=(const TableLock&) = delete;

 private:
  ShareTables& tables_;
  ShareTables::ShardMask mask_;
  bool lists_;
};

}  // namespace dittofs::memory_store
