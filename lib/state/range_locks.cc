#include "state/range_locks.h"

#include <algorithm>

namespace dittofs::state {
namespace {

bool Touches(const ByteRange& a, const ByteRange& b) noexcept {
  return (a.last != UINT64_MAX && a.last + 1 == b.first) || (b.last != UINT64_MAX && b.last + 1 == a.first);
}

}  // namespace

bool Conflicts(const RangeLock& held, const RangeLock& wanted) noexcept {
  if (!Overlap(held.range, wanted.range)) return false;
  if (held.kind == LockKind::kShared && wanted.kind == LockKind::kShared) return false;
  if (held.owner != wanted.owner) return true;
  // One owner: POSIX locks replace each other, Windows locks exclude even their own owner.
  return held.rules == LockRules::kWindows && wanted.rules == LockRules::kWindows;
}

const RangeLock* RangeLocks::FindConflict(const RangeLock& wanted) const noexcept {
  for (const RangeLock& held : locks_) {
    if (held.range.first > wanted.range.last) break;
    if (Conflicts(held, wanted)) return &held;
  }
  return nullptr;
}

void RangeLocks::Insert(const RangeLock& lock) {
  const auto place = std::upper_bound(locks_.begin(), locks_.end(), lock.range.first,
                                      [](uint64_t first, const RangeLock& other) { return first < other.range.first; });
  locks_.insert(place, lock);
}

void RangeLocks::Grant(const RangeLock& lock) {
  if (lock.rules == LockRules::kWindows) {
    Insert(lock);
    return;
  }
  Release(lock.owner, lock.range);
  RangeLock merged = lock;
  // After the release, the owner's neighbours of the same kind can only touch the new lock, not overlap it.
  std::erase_if(locks_, [&](const RangeLock& held) {
    if (held.owner != lock.owner || held.rules != LockRules::kPosix || held.kind != lock.kind) return false;
    if (!Touches(held.range, lock.range)) return false;
    merged.range.first = std::min(merged.range.first, held.range.first);
    merged.range.last = std::max(merged.range.last, held.range.last);
    return true;
  });
  Insert(merged);
}

bool RangeLocks::Release(OwnerId owner, const ByteRange& range) {
  std::vector<RangeLock> rest;
  const size_t released = std::erase_if(locks_, [&](const RangeLock& held) {
    if (held.owner != owner || held.rules != LockRules::kPosix || !Overlap(held.range, range)) return false;
    if (held.range.first < range.first) {
      rest.push_back(held);
      rest.back().range.last = range.first - 1;
    }
    if (held.range.last > range.last) {
      rest.push_back(held);
      rest.back().range.first = range.last + 1;
    }
    return true;
  });
  for (const RangeLock& piece : rest) Insert(piece);
  return released > 0;
}

bool RangeLocks::ReleaseExact(OwnerId owner, const ByteRange& range) {
  auto found = locks_.end();
  for (auto lock = locks_.begin(); lock != locks_.end(); ++lock) {
    if (lock->owner != owner || lock->rules != LockRules::kWindows || !(lock->range == range)) continue;
    if (found == locks_.end() || lock->kind == LockKind::kExclusive) found = lock;
  }
  if (found == locks_.end()) return false;
  locks_.erase(found);
  return true;
}

bool RangeLocks::HoldsOverlapping(OwnerId owner, const ByteRange& range) const noexcept {
  return std::any_of(locks_.begin(), locks_.end(),
                     [&](const RangeLock& held) { return held.owner == owner && Overlap(held.range, range); });
}

size_t RangeLocks::CountOf(ClientId client) const noexcept {
  return static_cast<size_t>(
      std::count_if(locks_.begin(), locks_.end(), [client](const RangeLock& held) { return held.client == client; }));
}

}  // namespace dittofs::state
