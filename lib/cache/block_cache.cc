#include "cache/block_cache.h"

#include <algorithm>
#include <utility>

namespace dittofs::cache {
namespace {

/// What an entry costs beside its bytes.
constexpr uint64_t kEntryOverheadBytes = 192;

uint64_t ChargeOf(const Buffer& bytes) noexcept {
  return bytes.size() + kEntryOverheadBytes;
}

}  // namespace

/// A block on its way here, and who waits for it. Guarded by the mutex of its shard.
struct BlockCache::Load {
  base::CondVar done_changed;
  bool done = false;
  Status status;
  Buffer bytes;
};

BlockCache::BlockCache(uint64_t max_bytes) : max_bytes_(max_bytes), max_small_bytes_(max_bytes / 8), shards_(kShards) {}

BlockCache::~BlockCache() = default;

Buffer BlockCache::Touch(Entry& entry, uint64_t offset, uint64_t length) noexcept {
  if (offset < entry.read_up_to) {
    if (entry.frequency < kMaxFrequency) ++entry.frequency;
  }
  entry.read_up_to = std::max(entry.read_up_to, offset + length);
  return entry.bytes;
}

Buffer BlockCache::Find(const BlockId& block, uint64_t offset, uint64_t length) {
  Shard& shard = ShardOf(block);
  base::MutexLock lock(shard.mutex);
  const auto at = shard.entries.find(block);
  if (at == shard.entries.end()) return {};
  ++shard.hits;
  return Touch(*at->second, offset, length);
}

Result<Buffer> BlockCache::FindOrLoad(const BlockId& block, uint64_t offset, uint64_t length,
                                      FunctionRef<void()> will_block, FunctionRef<Result<Buffer>()> load) {
  Shard& shard = ShardOf(block);
  std::shared_ptr<Load> pending;
  bool mine = false;
  {
    base::MutexLock lock(shard.mutex);
    const auto at = shard.entries.find(block);
    if (at != shard.entries.end()) {
      ++shard.hits;
      return Touch(*at->second, offset, length);
    }
    ++shard.misses;
    std::shared_ptr<Load>& slot = shard.loads[block];
    if (!slot) {
      slot = std::make_shared<Load>();
      mine = true;
    }
    pending = slot;
  }
  will_block();
  if (!mine) {
    base::MutexLock lock(shard.mutex);
    while (!pending->done) pending->done_changed.Wait(shard.mutex);
    if (!pending->status.ok()) return pending->status;
    const auto at = shard.entries.find(block);
    if (at != shard.entries.end()) return Touch(*at->second, offset, length);
    return pending->bytes;
  }
  Result<Buffer> loaded = load();
  {
    base::MutexLock lock(shard.mutex);
    shard.loads.erase(block);
    pending->done = true;
    if (loaded.ok()) {
      pending->bytes = *loaded;
      InsertLocked(shard, block, *loaded);
      const auto at = shard.entries.find(block);
      if (at != shard.entries.end()) Touch(*at->second, offset, length);
    } else {
      pending->status = loaded.status();
    }
    pending->done_changed.NotifyAll();
  }
  Shrink();
  return loaded;
}

void BlockCache::Insert(const BlockId& block, Buffer bytes) {
  Shard& shard = ShardOf(block);
  {
    base::MutexLock lock(shard.mutex);
    InsertLocked(shard, block, std::move(bytes));
  }
  Shrink();
}

void BlockCache::InsertLocked(Shard& shard, const BlockId& block, Buffer bytes) {
  if (shard.entries.contains(block)) return;  // the same name means the same bytes
  const uint64_t charge = ChargeOf(bytes);
  if (charge > max_bytes_) return;
  Entry entry{block, std::move(bytes), 0, 0, IsGhost(shard, block)};
  Queue& queue = entry.in_main ? shard.main : shard.small;
  if (!entry.in_main) small_bytes_.fetch_add(charge, std::memory_order_relaxed);
  size_bytes_.fetch_add(charge, std::memory_order_relaxed);
  shard.entries.emplace(block, queue.insert(queue.end(), std::move(entry)));
}

void BlockCache::Erase(const BlockId& block) {
  Queue victim;  // freed after the lock
  Shard& shard = ShardOf(block);
  base::MutexLock lock(shard.mutex);
  const auto at = shard.entries.find(block);
  if (at == shard.entries.end()) return;
  const Queue::iterator entry = at->second;
  const uint64_t charge = ChargeOf(entry->bytes);
  size_bytes_.fetch_sub(charge, std::memory_order_relaxed);
  if (!entry->in_main) small_bytes_.fetch_sub(charge, std::memory_order_relaxed);
  victim.splice(victim.end(), entry->in_main ? shard.main : shard.small, entry);
  shard.entries.erase(at);
}

bool BlockCache::IsGhost(Shard& shard, const BlockId& block) {
  // The name stays in `ghosts` until it is the oldest; only the count says whether it still means something.
  return shard.ghost_counts.contains(block);
}

void BlockCache::AddGhost(Shard& shard, const BlockId& block) {
  shard.ghosts.push_back(block);
  ++shard.ghost_counts[block];
  const size_t max_ghosts = std::max(kMinGhosts, shard.entries.size());
  while (shard.ghosts.size() > max_ghosts) {
    const auto at = shard.ghost_counts.find(shard.ghosts.front());
    if (at != shard.ghost_counts.end() && --at->second == 0) shard.ghost_counts.erase(at);
    shard.ghosts.pop_front();
  }
}

bool BlockCache::EvictOne(Shard& shard, Queue& victim) {
  while (!shard.small.empty() || !shard.main.empty()) {
    const bool from_small =
        !shard.small.empty() && (shard.main.empty() || small_bytes_.load(std::memory_order_relaxed) > max_small_bytes_);
    Queue& queue = from_small ? shard.small : shard.main;
    const Queue::iterator oldest = queue.begin();
    const uint64_t charge = ChargeOf(oldest->bytes);
    if (oldest->frequency > 0) {
      // Used: from the small queue it moves up, in the main one it gets another round.
      oldest->frequency = from_small ? 0 : static_cast<uint8_t>(oldest->frequency - 1);
      oldest->in_main = true;
      shard.main.splice(shard.main.end(), queue, oldest);
      if (from_small) small_bytes_.fetch_sub(charge, std::memory_order_relaxed);
      continue;
    }
    size_bytes_.fetch_sub(charge, std::memory_order_relaxed);
    if (from_small) {
      small_bytes_.fetch_sub(charge, std::memory_order_relaxed);
      AddGhost(shard, oldest->id);
    }
    shard.entries.erase(oldest->id);
    victim.splice(victim.end(), queue, oldest);
    return true;
  }
  return false;
}

void BlockCache::Shrink() {
  size_t empty_shards = 0;
  while (size_bytes_.load(std::memory_order_relaxed) > max_bytes_ && empty_shards < kShards) {
    Queue victim;
    Shard& shard = shards_[hand_.fetch_add(1, std::memory_order_relaxed) % kShards];
    base::MutexLock lock(shard.mutex);
    empty_shards = EvictOne(shard, victim) ? 0 : empty_shards + 1;
  }
}

BlockCacheStatistics BlockCache::statistics() const {
  BlockCacheStatistics statistics;
  statistics.size_bytes = size_bytes_.load(std::memory_order_relaxed);
  for (const Shard& shard : shards_) {
    base::MutexLock lock(shard.mutex);
    statistics.hits += shard.hits;
    statistics.misses += shard.misses;
  }
  return statistics;
}

}  // namespace dittofs::cache
