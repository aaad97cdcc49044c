#include <map>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "dittofs/stores/memory.h"
#include "metadata/stores/memory/memory_commit.h"
#include "metadata/stores/memory/memory_reader.h"
#include "metadata/stores/memory/share_tables.h"
#include "metadata/transaction/buffered_transaction.h"
#include "metadata/transaction/share_map.h"

namespace dittofs {
namespace memory_store {
namespace {

/// Runs that may fail before one is made with every lock of the share held.
constexpr int kMaxOptimisticRuns = 8;

class MemoryMetadataStore final : public MetadataStore {
 public:
  explicit MemoryMetadataStore(const MemoryMetadataStoreOptions& options) {
    traits_.may_block = false;
    traits_.durable = false;
    traits_.shared = false;
    budget_.max_bytes = options.max_bytes;
  }

  const MetadataStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "memory"; }

  Result<ShareRecord> OpenShare(ShareId share, std::string_view name, uint64_t new_block_scope,
                                Timestamp now) override {
    if (!share) return Status(ErrorCode::kInvalidArgument, "0 is no share");
    const base::MutexLock lock(mutex_);
    const auto [row, made] = records_.try_emplace(share);
    if (made) {
      row->second.block_scope = new_block_scope;
      row->second.created = now;
      shares_.Add(share, std::make_unique<ShareTables>());
    }
    row->second.name.assign(name);
    return row->second;
  }

  Result<std::vector<ShareId>> ListShares() override {
    const base::MutexLock lock(mutex_);
    std::vector<ShareId> shares;
    for (const auto& [share, record] : records_) shares.push_back(share);
    return shares;
  }

  Status View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) override {
    ShareTables* tables = shares_.Find(share);
    if (tables == nullptr) return UnknownShare();
    for (int run = 0; run < kMaxOptimisticRuns; ++run) {
      const uint64_t commits = tables->commits.load(std::memory_order_acquire);
      MemoryReader reader(*tables, MemoryReader::Locking::kEachRead);
      Status status = fn(reader);
      if (reader.one_moment() || Snapshot(*tables, reader, commits)) return status;
    }
    const TableLock lock(*tables, ShareTables::kAllShards, true);
    MemoryReader reader(*tables, MemoryReader::Locking::kHeld);
    return fn(reader);
  }

  Status Update(ShareId share, CommitDurability /*durability*/, FunctionRef<Status(MetadataTransaction&)> fn) override {
    ShareTables* tables = shares_.Find(share);
    if (tables == nullptr) return UnknownShare();
    for (int run = 0; run < kMaxOptimisticRuns; ++run) {
      const uint64_t commits = tables->commits.load(std::memory_order_acquire);
      MemoryReader reader(*tables, MemoryReader::Locking::kEachRead);
      metadata::WriteSet writes;
      metadata::BufferedTransaction transaction(reader, writes);
      Status status = fn(transaction);
      if (!status.ok() || writes.empty()) {
        // An answer that rests on half of another commit is not an answer.
        if (reader.one_moment() || Snapshot(*tables, reader, commits)) return status;
        continue;
      }
      status = MemoryCommit(*tables, writes, budget_).Run(reader);
      if (!(status == ErrorCode::kConflict)) return status;
    }
    const TableLock lock(*tables, ShareTables::kAllShards, true);
    MemoryReader reader(*tables, MemoryReader::Locking::kHeld);
    metadata::WriteSet writes;
    metadata::BufferedTransaction transaction(reader, writes);
    DITTOFS_RETURN_IF_ERROR(fn(transaction));
    return MemoryCommit(*tables, writes, budget_).RunLocked();
  }

  Status Sync() override { return {}; }

  Result<uint64_t> AllocateNumbers(ShareId share, uint32_t count) override {
    ShareTables* tables = shares_.Find(share);
    if (tables == nullptr) return UnknownShare();
    return tables->next_number.fetch_add(count, std::memory_order_relaxed);
  }

 private:
  static Status UnknownShare() { return Status(ErrorCode::kNotFound, "OpenShare() was never called for this share"); }

  static bool Snapshot(ShareTables& tables, const MemoryReader& reader, uint64_t commits) {
    if (tables.commits.load(std::memory_order_acquire) == commits) return true;
    const TableLock lock(tables, reader.shards(), reader.lists());
    return reader.SnapshotHolds();
  }

  MetadataStoreTraits traits_;
  MemoryBudget budget_;
  metadata::ShareMap<ShareTables> shares_;
  base::Mutex mutex_;  ///< Guards records_ and additions to shares_. Rank: leaf.
  std::map<ShareId, ShareRecord> records_ GUARDED_BY(mutex_);
};

}  // namespace
}  // namespace memory_store

std::unique_ptr<MetadataStore> MakeMemoryMetadataStore(MemoryMetadataStoreOptions options) {
  return std::make_unique<memory_store::MemoryMetadataStore>(options);
}

}  // namespace dittofs
