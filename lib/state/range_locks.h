#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "state/byte_range.h"
#include "state/ids.h"

namespace dittofs::state {

enum class LockKind : uint8_t { kShared, kExclusive };

/// Whose rules a lock follows. Locks of both kinds live in one set and exclude each other between owners; the rules
/// differ in what one owner's own locks do to each other.
enum class LockRules : uint8_t {
  kPosix,    ///< One owner's locks replace, split and merge (fcntl(2), NLM, NFSv4).
  kWindows,  ///< Locks stack, exclude even their own owner, and are released by exact range (MS-FSA §2.1.4.10,
             ///< §2.1.5.8).
};

struct RangeLock {
  ByteRange range;
  LockKind kind = LockKind::kShared;
  LockRules rules = LockRules::kPosix;
  OwnerId owner;
  ClientId client;
  friend bool operator==(const RangeLock&, const RangeLock&) = default;
};

/// The granted byte-range locks of one file. A pure data structure: thread-bound, no clock, no waiting.
class RangeLocks {
 public:
  /// The first granted lock that keeps `wanted` from being granted; null if none does. Valid until the next change.
  const RangeLock* FindConflict(const RangeLock& wanted) const noexcept;
  /// Grants `lock`, which must not conflict: with POSIX rules, whatever its owner held in the range is replaced.
  void Grant(const RangeLock& lock);
  /// POSIX: `owner` gives up `range`; whether anything was held there.
  bool Release(OwnerId owner, const ByteRange& range);
  /// Windows: releases one lock of exactly this range (an exclusive one before a shared one); false if there is none.
  bool ReleaseExact(OwnerId owner, const ByteRange& range);
  /// Releases every lock that `matches` says so of; how many.
  template <typename Matches>
  size_t ReleaseIf(Matches matches) {
    return std::erase_if(locks_, matches);
  }

  bool HoldsOverlapping(OwnerId owner, const ByteRange& range) const noexcept;
  bool empty() const noexcept { return locks_.empty(); }
  size_t size() const noexcept { return locks_.size(); }
  size_t CountOf(ClientId client) const noexcept;
  /// By first byte.
  const std::vector<RangeLock>& locks() const noexcept { return locks_; }

 private:
  void Insert(const RangeLock& lock);
  // Sorted by range.first. POSIX locks of one owner neither overlap nor, if of one kind, touch.
  std::vector<RangeLock> locks_;
};

/// Whether `wanted` and `held` exclude each other.
bool Conflicts(const RangeLock& held, const RangeLock& wanted) noexcept;

}  // namespace dittofs::state
