#include "state/lock_table.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace dittofs::state {

void LockTable::Recount(ClientId client, size_t before, size_t after) {
  if (before == after) return;
  ClientUse& use = clients_[client];
  use.locks = static_cast<uint32_t>(use.locks + after - before);
  if (use.locks == 0 && use.waiters == 0) clients_.erase(client);
}

void LockTable::Grant(FileLocks& file, const RangeLock& lock) {
  const size_t before = file.granted.CountOf(lock.client);
  file.granted.Grant(lock);
  Recount(lock.client, before, file.granted.CountOf(lock.client));
}

void LockTable::ForgetWaiter(const Waiter& waiter) {
  waiting_files_.erase(waiter.id);
  const auto [begin, end] = waiting_owners_.equal_range(waiter.lock.owner);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second == waiter.id) {
      waiting_owners_.erase(entry);
      break;
    }
  }
  ClientUse& use = clients_[waiter.lock.client];
  --use.waiters;
  if (use.locks == 0 && use.waiters == 0) clients_.erase(waiter.lock.client);
}

void LockTable::FindBlockers(const FileLocks& file, const RangeLock& lock, size_t earlier,
                             std::vector<OwnerId>& blockers) const {
  for (const RangeLock& held : file.granted.locks()) {
    if (Conflicts(held, lock)) blockers.push_back(held.owner);
  }
  // Somebody who already holds a part of what it asks for may be what the earlier ones wait for: it goes first.
  if (file.granted.HoldsOverlapping(lock.owner, lock.range)) return;
  for (size_t i = 0; i < earlier; ++i) {
    if (file.waiting[i].lock.owner != lock.owner && Conflicts(file.waiting[i].lock, lock)) {
      blockers.push_back(file.waiting[i].lock.owner);
    }
  }
}

bool LockTable::WouldDeadlock(FileNumber file, const RangeLock& lock) const {
  std::vector<OwnerId> open;
  if (const auto found = files_.find(file); found != files_.end()) {
    FindBlockers(found->second, lock, found->second.waiting.size(), open);
  }
  std::unordered_set<OwnerId> seen;
  while (!open.empty()) {
    const OwnerId owner = open.back();
    open.pop_back();
    if (owner == lock.owner) return true;
    if (!seen.insert(owner).second) continue;
    const auto [begin, end] = waiting_owners_.equal_range(owner);
    for (auto entry = begin; entry != end; ++entry) {
      const FileLocks& where = files_.at(waiting_files_.at(entry->second));
      for (size_t i = 0; i < where.waiting.size(); ++i) {
        if (where.waiting[i].id == entry->second) FindBlockers(where, where.waiting[i].lock, i, open);
      }
    }
  }
  return false;
}

LockAnswer LockTable::Lock(const LockRequest& request) {
  LockAnswer answer;
  const bool in_grace = options_.grace != nullptr && options_.grace->active();
  if (in_grace != request.reclaim) {
    answer.outcome = in_grace ? LockOutcome::kGrace : LockOutcome::kNoGrace;
    return answer;
  }
  std::vector<PendingGrant> grants;
  {
    base::MutexLock hold(mutex_);
    const auto use = clients_.find(request.lock.client);
    if (use != clients_.end() && use->second.locks >= options_.max_locks_per_client) {
      answer.outcome = LockOutcome::kNoResources;
      return answer;
    }
    const auto file = files_.try_emplace(request.file).first;
    // A waiting request repeated by its client (a lost answer) stays where it is in the queue.
    for (const Waiter& waiter : file->second.waiting) {
      if (request.wait && waiter.lock == request.lock && waiter.token == request.token) {
        answer.outcome = LockOutcome::kWaiting;
        answer.waiter = waiter.id;
        return answer;
      }
    }
    const RangeLock* conflict = file->second.granted.FindConflict(request.lock);
    std::vector<OwnerId> blockers;
    if (request.wait) FindBlockers(file->second, request.lock, file->second.waiting.size(), blockers);
    if (conflict == nullptr && blockers.empty()) {
      Grant(file->second, request.lock);
      Advance(file, grants);  // a downgrade may have made room for others
    } else {
      if (conflict != nullptr) answer.conflict = *conflict;
      if (!request.wait) {
        answer.outcome = LockOutcome::kConflict;
      } else if (use != clients_.end() && use->second.waiters >= options_.max_waiters_per_client) {
        answer.outcome = LockOutcome::kNoResources;
      } else if (WouldDeadlock(request.file, request.lock)) {
        answer.outcome = LockOutcome::kDeadlock;
      } else {
        answer.outcome = LockOutcome::kWaiting;
        answer.waiter = WaiterId{next_waiter_++};
        file->second.waiting.push_back({answer.waiter, request.lock, request.token, request.sink});
        waiting_files_.emplace(answer.waiter, request.file);
        waiting_owners_.emplace(request.lock.owner, answer.waiter);
        ++clients_[request.lock.client].waiters;
      }
      if (file->second.granted.empty() && file->second.waiting.empty()) files_.erase(file);
    }
  }
  Deliver(grants);
  return answer;
}

LockAnswer LockTable::Test(FileNumber file, const RangeLock& lock) const {
  base::MutexLock hold(mutex_);
  LockAnswer answer;
  const auto found = files_.find(file);
  if (found == files_.end()) return answer;
  if (const RangeLock* conflict = found->second.granted.FindConflict(lock)) {
    answer.outcome = LockOutcome::kConflict;
    answer.conflict = *conflict;
  }
  return answer;
}

void LockTable::Advance(Files::iterator file, std::vector<PendingGrant>& grants) {
  std::deque<Waiter>& waiting = file->second.waiting;
  bool granted_one = true;
  // A grant can only take room away, except that a POSIX grant may weaken its owner's own lock: so until nothing moves.
  while (granted_one) {
    granted_one = false;
    for (size_t i = 0; i < waiting.size(); ++i) {
      std::vector<OwnerId> blockers;
      FindBlockers(file->second, waiting[i].lock, i, blockers);
      if (!blockers.empty()) continue;
      Waiter waiter = std::move(waiting[i]);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
      ForgetWaiter(waiter);
      Grant(file->second, waiter.lock);
      grants.push_back({{waiter.id, waiter.token, file->first, waiter.lock}, std::move(waiter.sink)});
      granted_one = true;
      break;
    }
  }
  if (file->second.granted.empty() && waiting.empty()) files_.erase(file);
}

void LockTable::Deliver(const std::vector<PendingGrant>& grants) {
  for (const PendingGrant& pending : grants) {
    if (const std::shared_ptr<GrantSink> sink = pending.sink.lock()) sink->LockGranted(pending.grant);
  }
}

template <typename Change>
size_t LockTable::ChangeFile(FileNumber file, Change change) {
  std::vector<PendingGrant> grants;
  size_t changed = 0;
  {
    base::MutexLock hold(mutex_);
    const auto found = files_.find(file);
    if (found == files_.end()) return 0;
    std::vector<std::pair<ClientId, size_t>> before;
    for (const RangeLock& lock : found->second.granted.locks()) {
      if (std::none_of(before.begin(), before.end(), [&](const auto& use) { return use.first == lock.client; })) {
        before.emplace_back(lock.client, found->second.granted.CountOf(lock.client));
      }
    }
    changed = change(found->second);
    for (const auto& [client, count] : before) Recount(client, count, found->second.granted.CountOf(client));
    Advance(found, grants);
  }
  Deliver(grants);
  return changed;
}

void LockTable::Unlock(FileNumber file, OwnerId owner, const ByteRange& range) {
  ChangeFile(file, [&](FileLocks& locks) -> size_t { return locks.granted.Release(owner, range) ? 1 : 0; });
}

bool LockTable::UnlockExact(FileNumber file, OwnerId owner, const ByteRange& range) {
  return ChangeFile(file,
                    [&](FileLocks& locks) -> size_t { return locks.granted.ReleaseExact(owner, range) ? 1 : 0; }) > 0;
}

bool LockTable::Cancel(WaiterId waiter) {
  FileNumber file;
  {
    base::MutexLock hold(mutex_);
    const auto found = waiting_files_.find(waiter);
    if (found == waiting_files_.end()) return false;
    file = found->second;
  }
  return ChangeFile(file, [&](FileLocks& locks) -> size_t {
           mutex_.AssertHeld();
           for (auto entry = locks.waiting.begin(); entry != locks.waiting.end(); ++entry) {
             if (entry->id != waiter) continue;
             ForgetWaiter(*entry);
             locks.waiting.erase(entry);
             return 1;
           }
           return 0;
         }) > 0;
}

size_t LockTable::CancelMatching(FileNumber file, const RangeLock& lock) {
  return ChangeFile(file, [&](FileLocks& locks) -> size_t {
    mutex_.AssertHeld();
    return std::erase_if(locks.waiting, [&](const Waiter& waiter) {
      mutex_.AssertHeld();
      if (!(waiter.lock == lock)) return false;
      ForgetWaiter(waiter);
      return true;
    });
  });
}

size_t LockTable::ReleaseWhere(FunctionRef<bool(FileNumber, const RangeLock&)> matches) {
  std::vector<FileNumber> affected;
  {
    base::MutexLock hold(mutex_);
    for (const auto& [number, file] : files_) {
      const bool any = std::any_of(file.granted.locks().begin(), file.granted.locks().end(),
                                   [&](const RangeLock& lock) { return matches(number, lock); }) ||
                       std::any_of(file.waiting.begin(), file.waiting.end(),
                                   [&](const Waiter& waiter) { return matches(number, waiter.lock); });
      if (any) affected.push_back(number);
    }
  }
  size_t released = 0;
  for (const FileNumber number : affected) {
    released += ChangeFile(number, [&](FileLocks& file) -> size_t {
      mutex_.AssertHeld();
      std::erase_if(file.waiting, [&](const Waiter& waiter) {
        mutex_.AssertHeld();
        if (!matches(number, waiter.lock)) return false;
        ForgetWaiter(waiter);
        return true;
      });
      return file.granted.ReleaseIf([&](const RangeLock& lock) { return matches(number, lock); });
    });
  }
  return released;
}

size_t LockTable::ReleaseOwner(OwnerId owner) {
  return ReleaseWhere([owner](FileNumber, const RangeLock& lock) { return lock.owner == owner; });
}
size_t LockTable::ReleaseClient(ClientId client) {
  return ReleaseWhere([client](FileNumber, const RangeLock& lock) { return lock.client == client; });
}
size_t LockTable::ReleaseFile(FileNumber file) {
  return ReleaseWhere([file](FileNumber number, const RangeLock&) { return number == file; });
}

std::vector<LockTable::HeldLock> LockTable::List(ClientId client, FileNumber file, size_t max_count) const {
  base::MutexLock hold(mutex_);
  std::vector<HeldLock> list;
  const auto add = [&](FileNumber number, const RangeLock& lock, bool waiting) {
    if ((!client || lock.client == client) && (!file || number == file) && list.size() < max_count) {
      list.push_back({number, lock, waiting});
    }
  };
  for (const auto& [number, locks] : files_) {
    for (const RangeLock& lock : locks.granted.locks()) add(number, lock, false);
  }
  for (const auto& [number, locks] : files_) {
    for (const Waiter& waiter : locks.waiting) add(number, waiter.lock, true);
  }
  return list;
}

bool LockTable::HoldsAny(OwnerId owner) const {
  base::MutexLock hold(mutex_);
  return std::any_of(files_.begin(), files_.end(), [owner](const auto& file) {
    const auto& locks = file.second.granted.locks();
    return std::any_of(locks.begin(), locks.end(), [owner](const RangeLock& lock) { return lock.owner == owner; });
  });
}

size_t LockTable::lock_count() const {
  base::MutexLock hold(mutex_);
  size_t count = 0;
  for (const auto& [number, file] : files_) count += file.granted.size();
  return count;
}

size_t LockTable::waiter_count() const {
  base::MutexLock hold(mutex_);
  return waiting_files_.size();
}

}  // namespace dittofs::state
