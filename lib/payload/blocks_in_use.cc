#include "payload/blocks_in_use.h"

#include <algorithm>

namespace dittofs::payload {

void BlocksInUse::Hold(const ScopedBlock& block) {
  base::MutexLock lock(mutex_);
  while (true) {
    State& state = states_[block];
    if (!state.deleting) {
      ++state.holders;
      return;
    }
    deleted_.Wait(mutex_);
  }
}

void BlocksInUse::Release(const ScopedBlock& block) {
  base::MutexLock lock(mutex_);
  const auto at = states_.find(block);
  if (at != states_.end() && --at->second.holders == 0) states_.erase(at);
}

bool BlocksInUse::BeginDelete(const ScopedBlock& block) {
  base::MutexLock lock(mutex_);
  const auto [at, added] = states_.try_emplace(block);
  if (!added) return false;
  at->second.deleting = true;
  return true;
}

void BlocksInUse::EndDelete(const ScopedBlock& block) {
  base::MutexLock lock(mutex_);
  states_.erase(block);
  deleted_.NotifyAll();
}

void HeldBlocks::Hold(const ScopedBlock& block) {
  in_use_.Hold(block);
  base::MutexLock lock(mutex_);
  blocks_.push_back(block);
}

void HeldBlocks::Release(const ScopedBlock& block) {
  {
    base::MutexLock lock(mutex_);
    const auto at = std::find(blocks_.begin(), blocks_.end(), block);
    if (at == blocks_.end()) return;
    blocks_.erase(at);
  }
  in_use_.Release(block);
}

void HeldBlocks::ReleaseAll() {
  std::vector<ScopedBlock> blocks;
  {
    base::MutexLock lock(mutex_);
    blocks.swap(blocks_);
  }
  for (const ScopedBlock& block : blocks) in_use_.Release(block);
}

}  // namespace dittofs::payload
