#include "payload/dirty_files.h"

namespace dittofs::payload {

std::shared_ptr<DirtyFile> DirtyFiles::Find(ContentId file) const {
  const Shard& shard = ShardOf(file);
  if (shard.count.load(std::memory_order_acquire) == 0) return nullptr;
  base::MutexLock lock(shard.mutex);
  const auto at = shard.files.find(file);
  return at == shard.files.end() ? nullptr : at->second;
}

std::shared_ptr<DirtyFile> DirtyFiles::FindOrAdd(ContentId file) {
  Shard& shard = ShardOf(file);
  base::MutexLock lock(shard.mutex);
  std::shared_ptr<DirtyFile>& slot = shard.files[file];
  if (!slot) {
    slot = std::make_shared<DirtyFile>();
    shard.count.store(shard.files.size(), std::memory_order_release);
  }
  return slot;
}

void DirtyFiles::RemoveIfIdle(ContentId file) {
  Shard& shard = ShardOf(file);
  std::shared_ptr<DirtyFile> removed;  // freed after the locks
  base::MutexLock lock(shard.mutex);
  const auto at = shard.files.find(file);
  if (at == shard.files.end()) return;
  removed = at->second;
  base::MutexLock file_lock(removed->mutex);
  if (!removed->slices.empty() || removed->flushing) return;
  removed->detached = true;
  shard.files.erase(at);
  shard.count.store(shard.files.size(), std::memory_order_release);
}

void DirtyFiles::ForEach(FunctionRef<void(ContentId, const std::shared_ptr<DirtyFile>&)> visit) const {
  std::vector<std::pair<ContentId, std::shared_ptr<DirtyFile>>> files;
  for (const Shard& shard : shards_) {
    files.clear();
    {
      base::MutexLock lock(shard.mutex);
      files.assign(shard.files.begin(), shard.files.end());
    }
    for (const auto& [id, file] : files) visit(id, file);
  }
}

}  // namespace dittofs::payload
