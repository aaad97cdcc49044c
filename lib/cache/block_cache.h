#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "dittofs/buffer.h"
#include "dittofs/function_ref.h"
#include "dittofs/ids.h"
#include "dittofs/status.h"

namespace dittofs::cache {

struct BlockCacheStatistics {
  uint64_t size_bytes = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
};

/// Blocks that were read or stored, by hash, at most `max_bytes` of them. Eviction is S3-FIFO (Yang et al., SOSP 2023):
/// a block starts in a small queue and enters the main one only if it is read again, so one pass over a large file does
/// not push out what is used. Reading on inside a block is not "again": only bytes that were read before count.
/// Thread-safe. The shards share one bound.
class BlockCache {
 public:
  explicit BlockCache(uint64_t max_bytes);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// The block if it is here; an empty buffer if not. [offset, offset + length) is what will be read of it. Allocates
  /// nothing.
  Buffer Find(const BlockId& block, uint64_t offset, uint64_t length);
  /// The block, loaded by `load` if need be; who comes while it is loaded waits for the same load and its answer.
  /// `will_block` is called before any wait.
  Result<Buffer> FindOrLoad(const BlockId& block, uint64_t offset, uint64_t length, FunctionRef<void()> will_block,
                            FunctionRef<Result<Buffer>()> load);
  void Insert(const BlockId& block, Buffer bytes);
  void Erase(const BlockId& block);

  BlockCacheStatistics statistics() const;

 private:
  struct Entry {
    BlockId id;
    Buffer bytes;
    uint64_t read_up_to = 0;  ///< Bytes before it were read once.
    uint8_t frequency = 0;    ///< Times read again, at most kMaxFrequency.
    bool in_main = false;
  };
  using Queue = std::list<Entry>;
  struct Load;
  struct Shard {
    mutable base::Mutex mutex;  // rank: leaf
    std::unordered_map<BlockId, Queue::iterator> entries GUARDED_BY(mutex);
    Queue small GUARDED_BY(mutex);  // oldest first
    Queue main GUARDED_BY(mutex);
    /// Names of blocks that left the small queue unread, oldest first; as many as there are entries.
    std::deque<BlockId> ghosts GUARDED_BY(mutex);
    std::unordered_map<BlockId, uint32_t> ghost_counts GUARDED_BY(mutex);
    // Shared with those who wait: the loader may be gone before they wake.
    std::unordered_map<BlockId, std::shared_ptr<Load>> loads GUARDED_BY(mutex);
    uint64_t hits GUARDED_BY(mutex) = 0;
    uint64_t misses GUARDED_BY(mutex) = 0;
  };
  static constexpr uint8_t kMaxFrequency = 3;
  static constexpr size_t kShards = 16;
  static constexpr size_t kMinGhosts = 64;

  Shard& ShardOf(const BlockId& block) noexcept { return shards_[block.sha256[31] % kShards]; }
  static Buffer Touch(Entry& entry, uint64_t offset, uint64_t length) noexcept;
  void InsertLocked(Shard& shard, const BlockId& block, Buffer bytes) REQUIRES(shard.mutex);
  static bool IsGhost(Shard& shard, const BlockId& block) REQUIRES(shard.mutex);
  static void AddGhost(Shard& shard, const BlockId& block) REQUIRES(shard.mutex);
  /// Drops entries, oldest unused first, until the bound holds.
  void Shrink();
  /// Takes one entry out of the shard; its memory goes with `victim`, outside the lock. False if the shard is empty.
  bool EvictOne(Shard& shard, Queue& victim) REQUIRES(shard.mutex);

  const uint64_t max_bytes_;
  const uint64_t max_small_bytes_;
  std::atomic<uint64_t> size_bytes_{0};
  std::atomic<uint64_t> small_bytes_{0};
  std::atomic<size_t> hand_{0};  ///< The shard that gives next.
  std::vector<Shard> shards_;
};

}  // namespace dittofs::cache
