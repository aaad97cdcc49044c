#pragma once

#include <leveldb/write_batch.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "dittofs/function_ref.h"
#include "metadata/stores/leveldb/database.h"
#include "metadata/stores/leveldb/prepared_commit.h"

namespace dittofs::leveldb_store {

/// Commits of many threads in groups: the first in the queue leads, takes all that stand behind him, validates each in
/// order against the versions, merges what merges, writes one batch with at most one sync, and wakes the others. What
/// is not yet written is seen by nobody; versions of accepted subjects are odd meanwhile. Thread-safe.
class GroupCommit {
 public:
  explicit GroupCommit(Database& database) : database_(database) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// kConflict: run again. Directory changes are filled in if the answer is kOk.
  Status Commit(OpenShareState& share, PreparedCommit& prepared, CommitDurability durability);
  /// Runs `prepare` while no other commit is accepted or under way, then commits what it made. For transactions that
  /// lost too often. `prepare` must not commit anything itself.
  Status CommitAlone(OpenShareState& share, PreparedCommit& prepared, CommitDurability durability,
                     FunctionRef<Status()> prepare);
  /// Waits for the commits that stand in the queue.
  Status WaitForOthers();
  /// Makes everything that was committed durable.
  Status Sync();
  /// kOk, or why the store refuses writes for good.
  Status Refusal();
  /// A write or sync of the database failed: refuses writes from now on. Answers what callers get.
  Status Refuse(const Status& cause);

 private:
  /// What the thread of a request that found others before it does next. A lock of its own per request: who is woken
  /// must not run into the one that wakes the rest.
  class Turn {
   public:
    /// True: lead. False: another led, and the request is done.
    bool Wait() EXCLUDES(mutex_) {
      const base::MutexLock lock(mutex_);
      while (!set_) changed_.Wait(mutex_);
      return lead_;
    }
    void Set(bool lead) EXCLUDES(mutex_) {
      {
        const base::MutexLock lock(mutex_);
        set_ = true;
        lead_ = lead;
      }
      changed_.NotifyOne();
    }

   private:
    base::Mutex mutex_;  ///< Rank: leaf.
    base::CondVar changed_;
    bool set_ GUARDED_BY(mutex_) = false;
    bool lead_ GUARDED_BY(mutex_) = false;
  };
  struct Request {
    OpenShareState* share = nullptr;
    PreparedCommit* prepared = nullptr;
    const FunctionRef<Status()>* prepare = nullptr;
    bool durable = false;
    bool accepted = false;
    Status result;
    std::vector<std::pair<DirectoryChange*, DirectoryChange>> changes;
    /// Null if nobody was before it. Shared because whoever sets it still notifies when the request may be gone
    /// already.
    std::shared_ptr<Turn> turn;
  };
  static constexpr size_t kMaxGroup = 512;
  static constexpr size_t kMaxGroupBytes = 4u << 20;
  static constexpr size_t kMaxDirectories = 4096;

  Status Enqueue(Request& request);
  /// The requests at the head of the queue that `leader`, the first, commits with his own.
  std::vector<Request*> TakeGroup(const Request& leader) EXCLUDES(mutex_);
  /// Takes the group out of the queue, hands the lead on and wakes its members.
  void Release(const Request& leader, const std::vector<Request*>& group) EXCLUDES(mutex_);
  void Lead(const std::vector<Request*>& group);
  Status Accept(Request& request);
  Status CheckReads(const PreparedCommit& prepared) const noexcept;
  Status CheckDirectories(Request& request);
  Status CheckBlocks(Request& request);
  Status LoadUsage(OpenShareState& share);
  Status LoadDirectory(OpenShareState& share, FileNumber number, OpenShareState::DirectoryState*& state);
  Status LoadBlock(OpenShareState& share, const BlockId& block, OpenShareState::BlockChange*& change);
  void ApplyDirectories(Request& request);
  void ApplyBlocks(Request& request);
  void Mark(std::atomic<uint32_t>& counter);
  void EmitMerged();
  Status Write(bool sync);
  void Publish();

  Database& database_;

  base::Mutex mutex_;  ///< Rank: leaf; not held over I/O.
  std::deque<Request*> queue_ GUARDED_BY(mutex_);
  Status refusal_ GUARDED_BY(mutex_);

  // The rest belongs to the leader.
  leveldb::WriteBatch batch_;
  bool batch_has_rows_ = false;
  bool unsynced_ = false;
  std::vector<std::atomic<uint32_t>*> pending_;
  std::vector<OpenShareState*> shares_;
};

}  // namespace dittofs::leveldb_store
