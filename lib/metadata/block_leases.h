#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/mutex.h"
#include "dittofs/ids.h"

namespace dittofs::metadata {

/// Blocks that somebody asked for with FindBlock() and is about to reference: the collector leaves them alone, and only
/// for them may a publish make a new row (their object was stored after the lease began, and nothing deleted it since).
/// At most kMaxLeases; beyond, and after kLeaseNanoseconds, a lease ends and its publish is told to store the block
/// again. Thread-safe.
class BlockLeases {
 public:
  static constexpr size_t kMaxLeases = 65536;
  static constexpr uint64_t kLeaseNanoseconds = 600'000'000'000u;

  /// Begins a lease or renews it.
  void Grant(const BlockId& block, uint64_t now_ns);
  bool Holds(const BlockId& block, uint64_t now_ns);
  void Release(const BlockId& block);

 private:
  struct Age {
    BlockId block;
    uint64_t granted_ns;
  };
  base::Mutex mutex_;  // rank: leaf
  std::unordered_map<BlockId, uint64_t> granted_ns_ GUARDED_BY(mutex_);
  std::deque<Age> by_age_ GUARDED_BY(mutex_);  ///< Every grant; stale ones are skipped when they come up.
};

}  // namespace dittofs::metadata
