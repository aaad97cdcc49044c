#include "metadata/block_leases.h"

namespace dittofs::metadata {

void BlockLeases::Grant(const BlockId& block, uint64_t now_ns) {
  base::MutexLock lock(mutex_);
  granted_ns_[block] = now_ns;
  by_age_.push_back({block, now_ns});
  while (!by_age_.empty()) {
    const Age& oldest = by_age_.front();
    const auto found = granted_ns_.find(oldest.block);
    const bool current = found != granted_ns_.end() && found->second == oldest.granted_ns;
    if (current && by_age_.size() <= kMaxLeases && now_ns - oldest.granted_ns <= kLeaseNanoseconds) break;
    if (current) granted_ns_.erase(found);
    by_age_.pop_front();
  }
}

bool BlockLeases::Holds(const BlockId& block, uint64_t now_ns) {
  base::MutexLock lock(mutex_);
  const auto found = granted_ns_.find(block);
  return found != granted_ns_.end() && now_ns - found->second <= kLeaseNanoseconds;
}

void BlockLeases::Release(const BlockId& block) {
  base::MutexLock lock(mutex_);
  granted_ns_.erase(block);
}

}  // namespace dittofs::metadata
