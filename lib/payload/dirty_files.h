#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "cache/slice_map.h"
#include "dittofs/function_ref.h"
#include "dittofs/payload_service.h"

namespace dittofs::payload {

/// [from, to) of a file.
struct ByteRange {
  uint64_t from = 0;
  uint64_t to = 0;
};

/// A file with dirty bytes. Shared by the table and by whoever works on it: it may leave the table meanwhile.
struct DirtyFile {
  base::Mutex mutex;  // rank 7, after the shard of DirtyFiles
  cache::SliceMap slices GUARDED_BY(mutex);
  uint64_t oldest_ns GUARDED_BY(mutex) = 0;  ///< When the oldest dirty bytes were written, of the monotonic clock.
  /// Left the table: who still has it must look it up again before writing.
  bool detached GUARDED_BY(mutex) = false;
  bool flushing GUARDED_BY(mutex) = false;
  base::CondVar flush_ended;
  /// What was discarded since the flush under way captured its bytes.
  std::vector<ByteRange> discarded GUARDED_BY(mutex);
};

/// The files with dirty bytes of all shares, in shards. Thread-safe.
class DirtyFiles {
 public:
  /// Null if the file has no dirty bytes. Costs one relaxed load where no file of the shard has any.
  std::shared_ptr<DirtyFile> Find(ContentId file) const;
  std::shared_ptr<DirtyFile> FindOrAdd(ContentId file);
  /// Takes the file out of the table if nothing is dirty and no flush is under way.
  void RemoveIfIdle(ContentId file);
  void ForEach(FunctionRef<void(ContentId, const std::shared_ptr<DirtyFile>&)> visit) const;

 private:
  struct Hash {
    size_t operator()(const ContentId& id) const noexcept {
      return std::hash<FileNumber>()(id.file) ^ static_cast<size_t>(id.block_scope);
    }
  };
  struct Shard {
    mutable base::Mutex mutex;  // rank 7, before DirtyFile::mutex
    std::atomic<size_t> count{0};
    std::unordered_map<ContentId, std::shared_ptr<DirtyFile>, Hash> files GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 64;
  Shard& ShardOf(ContentId file) noexcept { return shards_[Hash()(file) % kShards]; }
  const Shard& ShardOf(ContentId file) const noexcept { return shards_[Hash()(file) % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace dittofs::payload
