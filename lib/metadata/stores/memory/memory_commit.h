#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "metadata/stores/memory/memory_reader.h"
#include "metadata/stores/memory/share_tables.h"
#include "metadata/transaction/write_set.h"

namespace dittofs::memory_store {

/// What all rows of a store may take, and about what they take. Kept only if there is a bound.
struct MemoryBudget {
  uint64_t max_bytes = 0;  ///< 0: no bound.
  std::atomic<int64_t> used_bytes{0};
};

/// One commit: locks what is read and written, proves that the reads still hold, and applies all writes or none.
class MemoryCommit {
 public:
  MemoryCommit(ShareTables& tables, metadata::WriteSet& writes, MemoryBudget& budget)
      : tables_(tables), writes_(writes), budget_(budget) {}

  /// kConflict: run again. kNoSpace, kCorruption, kNameTooLong: nothing was changed.
  Status Run(const MemoryReader& reader);
  /// The same when the caller holds every lock and nothing that was read can have changed.
  Status RunLocked();

 private:
  static ShareTables::ShardMask Bit(size_t shard) noexcept { return ShareTables::Bit(shard); }
  ShareTables::ShardMask WrittenShards() const;
  bool WritesLists() const noexcept;
  Shard& ShardFor(FileNumber number) const noexcept { return tables_.shards[ShareTables::ShardOf(number)]; }

  Status Check(const MemoryReader* reader) const;
  Status CheckDirectories() const;
  Status CheckEmpty(FileNumber directory) const;
  Status CheckBlocks() const;
  /// An upper estimate of what the writes add.
  int64_t EstimateGrowth() const;

  void Apply();
  void ApplyEntries();
  void RemoveEntry(const EntryKey& key);
  void InsertEntry(const EntryKey& key, const metadata::EntryWrite& write);
  void ApplyInodes();
  InodeNode* PutInode(const InodeRecord& record);
  void RemoveInode(FileNumber number);
  void ApplyDirectories();
  void ApplyParts();
  void ApplyBlocks();
  void ApplyLists();
  void Account(int64_t bytes) noexcept {
    if (budget_.max_bytes != 0) budget_.used_bytes.fetch_add(bytes, std::memory_order_relaxed);
  }

  ShareTables& tables_;
  metadata::WriteSet& writes_;
  MemoryBudget& budget_;
};

}  // namespace dittofs::memory_store
