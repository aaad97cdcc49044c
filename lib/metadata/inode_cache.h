#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/mutex.h"
#include "dittofs/metadata_store.h"
#include "metadata/clock_cache.h"
#include "metadata/name_hash.h"

namespace dittofs::metadata {

/// Inodes in memory, in 64 parts with a lock each. A node shows the file as clients see it: what is durable, and over
/// it the size and times of writes that are not published yet (*pending*; such a node is never evicted). Thread-safe.
class InodeCache {
 public:
  static constexpr size_t kShards = 64;

  explicit InodeCache(uint64_t budget_bytes);
  ~InodeCache();
  InodeCache(const InodeCache&) = delete;
  InodeCache& operator=(const InodeCache&) = delete;

  /// Calls `use(const InodeRecord&)` under the part's lock if the inode is here: keep it short.
  template <typename Use>
  bool Visit(FileNumber number, Use use) {
    const uint64_t hash = HashNumber(number);
    Part& part = PartOf(hash);
    base::MutexLock lock(part.mutex);
    const Node* node = Find(part, number, hash);
    if (!node) return false;
    use(static_cast<const InodeRecord&>(node->record));
    return true;
  }

  /// The version of the inode's stripe, to be taken before the store is read.
  uint32_t Version(FileNumber number);
  /// Keeps what was read from the store, unless something changed since Version(). `record` becomes what the cache
  /// has, if it has a newer one.
  void Fill(InodeRecord& record, uint32_t version);

  /// After a commit under the exclusive gate of a file: `durable` is what the store has; clients see it with
  /// `size_bytes`.
  void Store(const InodeRecord& durable, uint64_t size_bytes);
  /// After a commit that others may overtake (directory deltas): kept if its change is newer.
  void StoreNewer(const InodeRecord& record);
  /// After a commit whose outcome is not known: what is not pending is read again.
  void Forget(FileNumber number);
  /// After a commit: the inode is gone. Forgets pending size and times, too.
  void Erase(FileNumber number);

  struct WriteNote {
    uint64_t end = 0;  ///< Offset behind the last byte written.
    Timestamp now;
  };
  /// Lets a write be seen: size, times and change become pending. False if the inode is not here.
  bool NoteWrite(FileNumber number, const WriteNote& note, InodeRecord& before, InodeRecord& after);
  /// The durable size of a file with something pending.
  bool FindPending(FileNumber number, InodeRecord& seen, uint64_t& durable_size_bytes);
  /// After a publish under the update gate: `durable` is in the store. Writes noted since stay pending. `seen` is what
  /// clients see now.
  void StorePublished(const InodeRecord& durable, InodeRecord& seen);

  /// Files with something pending.
  uint64_t pending_count() const noexcept { return pending_count_.load(std::memory_order_relaxed); }
  uint64_t used_bytes();

 private:
  struct Node : ClockLinks {
    InodeRecord record;
    uint64_t durable_size_bytes = 0;
    static void Delete(Node* node) noexcept { delete node; }
  };
  struct alignas(64) Part {
    base::Mutex mutex;  // rank: leaf
    ClockShard<Node> shard GUARDED_BY(mutex);
    explicit Part(size_t budget_bytes) : shard(budget_bytes) {}
  };

  Part& PartOf(uint64_t hash) noexcept { return *parts_[hash >> 58]; }
  static Node* Find(Part& part, FileNumber number, uint64_t hash) REQUIRES(part.mutex) {
    return part.shard.Find(hash, [number](const Node& node) { return node.record.number == number; });
  }
  static Node* Add(Part& part, const InodeRecord& record, uint64_t hash) REQUIRES(part.mutex);
  void SetPending(Node& node, bool pending) noexcept;

  std::unique_ptr<Part> parts_[kShards];
  std::atomic<uint64_t> pending_count_{0};
};

}  // namespace dittofs::metadata
