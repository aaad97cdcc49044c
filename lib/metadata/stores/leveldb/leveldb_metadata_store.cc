#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "dittofs/stores/leveldb.h"
#include "metadata/stores/leveldb/database.h"
#include "metadata/stores/leveldb/group_commit.h"
#include "metadata/stores/leveldb/leveldb_reader.h"
#include "metadata/stores/leveldb/open_store.h"
#include "metadata/stores/leveldb/row_keys.h"
#include "metadata/stores/leveldb/row_values.h"
#include "metadata/transaction/buffered_transaction.h"
#include "metadata/transaction/share_map.h"

namespace dittofs {
namespace leveldb_store {
namespace {

/// Runs that may fail before one is made while no other commit is under way.
constexpr int kMaxOptimisticRuns = 6;
constexpr uint64_t kFirstNumber = 16;
/// Numbers made durable at a time: at most so many are skipped when a store is opened again.
constexpr uint64_t kNumbersPerRange = 65536;

/// A snapshot for a scope.
class HeldSnapshot {
 public:
  explicit HeldSnapshot(leveldb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~HeldSnapshot() { db_.ReleaseSnapshot(snapshot_); }
  HeldSnapshot(const HeldSnapshot&) = delete;
  HeldSnapshot& operator=(const HeldSnapshot&) = delete;
  const leveldb::Snapshot* get() const noexcept { return snapshot_; }

 private:
  leveldb::DB& db_;
  const leveldb::Snapshot* const snapshot_;
};

class LevelDbMetadataStore final : public MetadataStore {
 public:
  explicit LevelDbMetadataStore(std::unique_ptr<Database> database)
      : database_(std::move(database)), commits_(*database_) {}

  const MetadataStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "leveldb:" + database_->directory; }
  Result<ShareRecord> OpenShare(ShareId share, std::string_view name, uint64_t new_block_scope, Timestamp now) override;
  Result<std::vector<ShareId>> ListShares() override;
  Status View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) override;
  Status Update(ShareId share, CommitDurability durability, FunctionRef<Status(MetadataTransaction&)> fn) override;
  Status Sync() override { return commits_.Sync(); }
  Result<uint64_t> AllocateNumbers(ShareId share, uint32_t count) override;

 private:
  Status FindShare(ShareId share, OpenShareState*& state);
  Status AddShare(ShareId share) REQUIRES(shares_mutex_);
  Status ReadShareRow(ShareId share, ShareRecord& record);
  Status WriteDurably(const RowKey& key, const leveldb::Slice& value);
  Status ReserveNumbers(OpenShareState& state, uint64_t count) REQUIRES(state.numbers_mutex);
  Status RunAlone(OpenShareState& state, CommitDurability durability, FunctionRef<Status(MetadataTransaction&)> fn);

  const MetadataStoreTraits traits_{};
  const std::unique_ptr<Database> database_;
  GroupCommit commits_;
  base::Mutex shares_mutex_;  ///< For additions to shares_. Rank: before LevelDB's own.
  metadata::ShareMap<OpenShareState> shares_;
};

Status LevelDbMetadataStore::WriteDurably(const RowKey& key, const leveldb::Slice& value) {
  DITTOFS_RETURN_IF_ERROR(commits_.Refusal());
  leveldb::WriteOptions options;
  options.sync = true;
  const leveldb::Status status = database_->db->Put(options, ToSlice(key.bytes()), value);
  return status.ok() ? Status() : commits_.Refuse(StatusOf(status, "writing"));
}

Status LevelDbMetadataStore::ReadShareRow(ShareId share, ShareRecord& record) {
  const RowKey key = RowKey::OfShare(share);
  std::string value;
  DITTOFS_RETURN_IF_ERROR(database_->Get(key.bytes(), nullptr, value));
  return ShareRow::Decode(value, record) ? Status() : CorruptRow(key.bytes());
}

Status LevelDbMetadataStore::AddShare(ShareId share) {
  if (shares_.Find(share) != nullptr) return {};
  auto state = std::make_unique<OpenShareState>(share);
  bool any = false;
  DITTOFS_RETURN_IF_ERROR(database_->AnyRow(RowKey(share, RowKind::kExtendedAttribute).bytes(), any));
  state->may_have_attributes.store(any, std::memory_order_release);
  shares_.Add(share, std::move(state));
  return {};
}

Status LevelDbMetadataStore::FindShare(ShareId share, OpenShareState*& state) {
  state = shares_.Find(share);
  if (state != nullptr) return {};
  const base::MutexLock lock(shares_mutex_);
  ShareRecord record;
  const Status status = ReadShareRow(share, record);
  if (status == ErrorCode::kNotFound) {
    return Status(ErrorCode::kNotFound, "OpenShare() was never called for this share");
  }
  DITTOFS_RETURN_IF_ERROR(status);
  DITTOFS_RETURN_IF_ERROR(AddShare(share));
  state = shares_.Find(share);
  return {};
}

Result<ShareRecord> LevelDbMetadataStore::OpenShare(ShareId share, std::string_view name, uint64_t new_block_scope,
                                                    Timestamp now) {
  if (!share) return Status(ErrorCode::kInvalidArgument, "0 is no share");
  const base::MutexLock lock(shares_mutex_);
  ShareRecord record;
  const Status status = ReadShareRow(share, record);
  if (!status.ok() && !(status == ErrorCode::kNotFound)) return status;
  if (!status.ok()) {
    record.block_scope = new_block_scope;
    record.created = now;
  }
  if (!status.ok() || record.name != name) {
    record.name.assign(name);
    std::string value;
    ShareRow::Append(record, value);
    DITTOFS_RETURN_IF_ERROR(WriteDurably(RowKey::OfShare(share), value));
  }
  DITTOFS_RETURN_IF_ERROR(AddShare(share));
  return record;
}

Result<std::vector<ShareId>> LevelDbMetadataStore::ListShares() {
  std::vector<ShareId> shares;
  const RowKey prefix(ShareId{0}, RowKind::kShare);
  const auto rows = database_->NewIterator(nullptr);
  for (rows->Seek(ToSlice(prefix.bytes())); rows->Valid() && rows->key().starts_with(ToSlice(prefix.bytes()));
       rows->Next()) {
    if (!WellFormed(ToView(rows->key()))) return CorruptRow(ToView(rows->key()));
    shares.push_back(ShareId{base::LoadBigEndian<uint32_t>(rows->key().data() + RowKey::kPrefixBytes)});
  }
  DITTOFS_RETURN_IF_ERROR(StatusOf(rows->status(), "listing shares"));
  return shares;
}

Status LevelDbMetadataStore::View(ShareId share, FunctionRef<Status(MetadataReader&)> fn) {
  OpenShareState* state = nullptr;
  DITTOFS_RETURN_IF_ERROR(FindShare(share, state));
  const HeldSnapshot snapshot(*database_->db);
  LevelDbReader reader(*database_, share, snapshot.get());
  return fn(reader);
}

Status LevelDbMetadataStore::Update(ShareId share, CommitDurability durability,
                                    FunctionRef<Status(MetadataTransaction&)> fn) {
  OpenShareState* state = nullptr;
  DITTOFS_RETURN_IF_ERROR(FindShare(share, state));
  for (int run = 0; run < kMaxOptimisticRuns; ++run) {
    LevelDbReader reader(*database_, share, nullptr);
    metadata::WriteSet writes;
    metadata::BufferedTransaction transaction(reader, writes);
    Status status = fn(transaction);
    if (!status.ok() || writes.empty()) {
      // An answer that rests on half of another commit is not an answer.
      if (!reader.StillCurrent()) {
        DITTOFS_RETURN_IF_ERROR(commits_.WaitForOthers());
        continue;
      }
      return status.ok() && durability == CommitDurability::kDurable ? commits_.Sync() : status;
    }
    PreparedCommit prepared;
    status = PrepareCommit(*database_, *state, writes, reader, prepared);
    if (status == ErrorCode::kConflict) {
      status = commits_.WaitForOthers();
      if (status.ok()) continue;
    }
    if (status.ok()) status = commits_.Commit(*state, prepared, durability);
    if (!(status == ErrorCode::kConflict)) return status;
  }
  return RunAlone(*state, durability, fn);
}

Status LevelDbMetadataStore::RunAlone(OpenShareState& state, CommitDurability durability,
                                      FunctionRef<Status(MetadataTransaction&)> fn) {
  LevelDbReader reader(*database_, state.share, nullptr);
  metadata::WriteSet writes;
  PreparedCommit prepared;
  prepared.writes = &writes;
  std::exception_ptr thrown;  // the caller's fn may throw; others wait behind this commit
  const Status status = commits_.CommitAlone(state, prepared, durability, [&]() -> Status {
    try {
      metadata::BufferedTransaction transaction(reader, writes);
      DITTOFS_RETURN_IF_ERROR(fn(transaction));
    } catch (...) {
      thrown = std::current_exception();
      return ErrorCode::kCancelled;
    }
    return PrepareCommit(*database_, state, writes, reader, prepared);
  });
  if (thrown) std::rethrow_exception(thrown);
  return status;
}

Status LevelDbMetadataStore::ReserveNumbers(OpenShareState& state, uint64_t count) {
  const RowKey key(state.share, RowKind::kNumbers);
  if (state.end_of_numbers == 0) {
    std::string value;
    const Status status = database_->Get(key.bytes(), nullptr, value);
    if (!status.ok() && !(status == ErrorCode::kNotFound)) return status;
    uint64_t next = kFirstNumber;
    if (status.ok() && (!NumbersRow::Decode(value, next) || next < kFirstNumber)) return CorruptRow(key.bytes());
    state.next_number = state.end_of_numbers = next;
  }
  if (state.end_of_numbers - state.next_number >= count) return {};
  const uint64_t wanted = std::max(count, kNumbersPerRange);
  if (state.next_number > UINT64_MAX - wanted) return Status(ErrorCode::kNoSpace, "all file numbers are used up");
  const uint64_t end = state.next_number + wanted;
  DITTOFS_RETURN_IF_ERROR(WriteDurably(key, ToSlice(NumbersRow::Encode(end))));
  state.end_of_numbers = end;
  return {};
}

Result<uint64_t> LevelDbMetadataStore::AllocateNumbers(ShareId share, uint32_t count) {
  OpenShareState* state = nullptr;
  DITTOFS_RETURN_IF_ERROR(FindShare(share, state));
  const base::MutexLock lock(state->numbers_mutex);
  DITTOFS_RETURN_IF_ERROR(ReserveNumbers(*state, count));
  return std::exchange(state->next_number, state->next_number + count);
}

}  // namespace

Result<std::unique_ptr<MetadataStore>> OpenStore(const LevelDbMetadataStoreOptions& options, leveldb::Env* env) {
  Result<std::unique_ptr<Database>> database = Database::Open(options, env);
  if (!database.ok()) return database.status();
  return std::unique_ptr<MetadataStore>(std::make_unique<LevelDbMetadataStore>(*std::move(database)));
}

}  // namespace leveldb_store

Result<std::unique_ptr<MetadataStore>> OpenLevelDbMetadataStore(const LevelDbMetadataStoreOptions& options) {
  return leveldb_store::OpenStore(options, leveldb::Env::Default());
}

}  // namespace dittofs
