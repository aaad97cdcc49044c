#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "dittofs/function_ref.h"
#include "dittofs/ids.h"
#include "state/grace.h"
#include "state/ids.h"
#include "state/range_locks.h"

namespace dittofs::state {

/// What became of a lock request.
enum class LockOutcome : uint8_t {
  kGranted,
  kConflict,     ///< Somebody else's lock is in the way (LockAnswer::conflict).
  kWaiting,      ///< Queued; the GrantSink hears of it (LockAnswer::waiter).
  kDeadlock,     ///< Waiting would close a circle of owners that wait for each other.
  kNoResources,  ///< A bound of this client is reached.
  kGrace,        ///< Only reclaims now; ask again after the grace period.
  kNoGrace,      ///< A reclaim, but the grace period is over.
};

struct LockGrant {
  WaiterId waiter;
  uint64_t token = 0;  ///< As given with the request.
  FileNumber file;
  RangeLock lock;
};

/// Hears that a waiting request was granted. The lock is held already; whoever can't use it must release it.
class GrantSink {
 public:
  virtual ~GrantSink() = default;
  /// Called without any lock held, from the thread whose release made room.
  virtual void LockGranted(const LockGrant& grant) = 0;
};

struct LockRequest {
  FileNumber file;
  RangeLock lock;
  bool reclaim = false;
  bool wait = false;
  uint64_t token = 0;             ///< The requester's own name for the request; repeated in the grant.
  std::weak_ptr<GrantSink> sink;  ///< Weak: a protocol that has stopped is no longer told.
};

struct LockAnswer {
  LockOutcome outcome = LockOutcome::kGranted;
  RangeLock conflict;
  WaiterId waiter;
};

struct LockTableOptions {
  uint32_t max_locks_per_client = 65536;
  uint32_t max_waiters_per_client = 1024;
  const GracePeriod* grace = nullptr;  ///< Must outlive the table; null: never in grace.
};

/// The byte-range locks of one share, for all protocols: who holds what, who waits, who is next. First come, first
/// served: a request waits behind earlier waiting ones that it conflicts with, except that an owner who already holds a
/// lock where it asks for more is never made to wait for somebody who waits for it. Thread-safe.
class LockTable {
 public:
  explicit LockTable(LockTableOptions options = {}) : options_(options) {}

  LockAnswer Lock(const LockRequest& request) EXCLUDES(mutex_);
  /// Whether the lock would be granted now, without taking it: kGranted or kConflict.
  LockAnswer Test(FileNumber file, const RangeLock& lock) const EXCLUDES(mutex_);
  /// POSIX rules: gives up a range; never fails.
  void Unlock(FileNumber file, OwnerId owner, const ByteRange& range) EXCLUDES(mutex_);
  /// Windows rules: false if no lock has exactly this range.
  bool UnlockExact(FileNumber file, OwnerId owner, const ByteRange& range) EXCLUDES(mutex_);
  /// False: not waiting (any more), it may just have been granted.
  bool Cancel(WaiterId waiter) EXCLUDES(mutex_);
  /// Cancels the waiting requests of `owner` for exactly this lock; how many there were.
  size_t CancelMatching(FileNumber file, const RangeLock& lock) EXCLUDES(mutex_);

  // Everything at once: locks and waiting requests. They answer how many locks were released.
  size_t ReleaseOwner(OwnerId owner) EXCLUDES(mutex_);
  size_t ReleaseClient(ClientId client) EXCLUDES(mutex_);
  size_t ReleaseFile(FileNumber file) EXCLUDES(mutex_);
  /// `matches` is called with the table locked.
  size_t ReleaseWhere(FunctionRef<bool(FileNumber, const RangeLock&)> matches) EXCLUDES(mutex_);

  struct HeldLock {
    FileNumber file;
    RangeLock lock;
    bool waiting = false;
  };
  /// Granted locks, then waiting requests, of one client (or all, with 0) and one file (or all, with 0); at most
  /// `max_count`.
  std::vector<HeldLock> List(ClientId client, FileNumber file, size_t max_count) const EXCLUDES(mutex_);
  bool HoldsAny(OwnerId owner) const EXCLUDES(mutex_);
  size_t lock_count() const EXCLUDES(mutex_);
  size_t waiter_count() const EXCLUDES(mutex_);

 private:
  struct Waiter {
    WaiterId id;
    RangeLock lock;
    uint64_t token = 0;
    std::weak_ptr<GrantSink> sink;
  };
  struct FileLocks {
    RangeLocks granted;
    std::deque<Waiter> waiting;  // oldest first
  };
  struct ClientUse {
    uint32_t locks = 0;
    uint32_t waiters = 0;
  };
  struct PendingGrant {
    LockGrant grant;
    std::weak_ptr<GrantSink> sink;
  };
  using Files = std::unordered_map<FileNumber, FileLocks>;

  void Grant(FileLocks& file, const RangeLock& lock) REQUIRES(mutex_);
  void Recount(ClientId client, size_t before, size_t after) REQUIRES(mutex_);
  /// Owners that keep `lock` from being granted; `earlier` = how many of the file's waiters count as earlier.
  void FindBlockers(const FileLocks& file, const RangeLock& lock, size_t earlier, std::vector<OwnerId>& blockers) const
      REQUIRES(mutex_);
  bool WouldDeadlock(FileNumber file, const RangeLock& lock) const REQUIRES(mutex_);
  /// Grants what can be granted now, in order, and forgets the file if nothing is left of it.
  void Advance(Files::iterator file, std::vector<PendingGrant>& grants) REQUIRES(mutex_);
  void ForgetWaiter(const Waiter& waiter) REQUIRES(mutex_);
  template <typename Change>
  size_t ChangeFile(FileNumber file, Change change) EXCLUDES(mutex_);
  static void Deliver(const std::vector<PendingGrant>& grants);

  const LockTableOptions options_;
  mutable base::Mutex mutex_;  // rank: state
  Files files_ GUARDED_BY(mutex_);
  std::unordered_map<WaiterId, FileNumber> waiting_files_ GUARDED_BY(mutex_);
  // Where an owner waits, for the search for circles.
  std::unordered_multimap<OwnerId, WaiterId> waiting_owners_ GUARDED_BY(mutex_);
  std::unordered_map<ClientId, ClientUse> clients_ GUARDED_BY(mutex_);
  uint64_t next_waiter_ GUARDED_BY(mutex_) = 1;
};

}  // namespace dittofs::state
