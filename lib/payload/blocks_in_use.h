#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "dittofs/ids.h"

namespace dittofs::payload {

/// A block of one share.
struct ScopedBlock {
  uint64_t block_scope = 0;
  BlockId block;
  friend bool operator==(const ScopedBlock&, const ScopedBlock&) = default;
};

/// Blocks that a flush is about to reference, so that the collector does not delete their objects meanwhile: between
/// "is it stored?" and the commit of its extents a block has no reference that anybody could count. Thread-safe.
class BlocksInUse {
 public:
  /// Waits while the object is being deleted.
  void Hold(const ScopedBlock& block) EXCLUDES(mutex_);
  void Release(const ScopedBlock& block) EXCLUDES(mutex_);
  /// False: somebody holds or deletes it. True: nobody can hold it until EndDelete().
  bool BeginDelete(const ScopedBlock& block) EXCLUDES(mutex_);
  void EndDelete(const ScopedBlock& block) EXCLUDES(mutex_);

 private:
  struct Hash {
    size_t operator()(const ScopedBlock& block) const noexcept {
      return std::hash<BlockId>()(block.block) ^ static_cast<size_t>(block.block_scope);
    }
  };
  struct State {
    uint32_t holders = 0;
    bool deleting = false;
  };
  base::Mutex mutex_;  // rank: leaf; taken once per block that is flushed or deleted, never by reads or writes
  base::CondVar deleted_;
  /// As many as blocks of flushes under way.
  std::unordered_map<ScopedBlock, State, Hash> states_ GUARDED_BY(mutex_);
};

/// What one flush holds; released at the end of its life.
class HeldBlocks {
 public:
  explicit HeldBlocks(BlocksInUse& in_use) : in_use_(in_use) {}
  ~HeldBlocks() { ReleaseAll(); }
  HeldBlocks(const HeldBlocks&) = delete;
  HeldBlocks& operator=(const HeldBlocks&) = delete;

  void Hold(const ScopedBlock& block) EXCLUDES(mutex_);
  void Release(const ScopedBlock& block) EXCLUDES(mutex_);
  void ReleaseAll() EXCLUDES(mutex_);

 private:
  BlocksInUse& in_use_;
  base::Mutex mutex_;  // rank: leaf, never held while BlocksInUse::mutex_ is taken; several threads store the blocks of
                       // one flush
  std::vector<ScopedBlock> blocks_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::payload
