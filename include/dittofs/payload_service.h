#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dittofs/block_store.h"
#include "dittofs/buffer.h"
#include "dittofs/environment.h"
#include "dittofs/export.h"
#include "dittofs/file_system.h"
#include "dittofs/function_ref.h"
#include "dittofs/metadata_store.h"

namespace dittofs {

/// The content of one file: its share's ShareRecord::block_scope and its number.
struct ContentId {
  uint64_t block_scope = 0;
  FileNumber file;
  friend constexpr auto operator<=>(const ContentId&, const ContentId&) = default;
};

struct PayloadServiceOptions {
  BlockStore* store = nullptr;  ///< Must outlive the service.
  Environment environment;
  uint64_t cache_bytes = 256u << 20;      ///< Clean blocks kept in memory.
  uint64_t max_dirty_bytes = 256u << 20;  ///< Written, not yet stored. Beyond: writers flush first, then kNoSpace.
  uint32_t max_write_wait_ms = 30000;     ///< How long a writer waits for room.
};

/// The metadata side of a flush.
class ExtentPublisher {
 public:
  /// kOk: `block` is stored already, it only needs a reference. kNotFound: store it. kTryLater: it is being deleted,
  /// wait.
  virtual Status FindBlock(const BlockId& block) = 0;
  /// Commits `extents` (by offset) and what the file's size and times then are, durably. kConflict: at least one block
  /// is gone; the service stores all of them again and repeats. kStale: the file is gone, the bytes with it.
  /// `still_wanted` is asked inside whatever orders this commit against Discard() for the same file; if it does not
  /// answer kOk, its answer is returned and nothing is committed (the service cuts out what was discarded and repeats).
  virtual Status Publish(std::span<const Extent> extents, std::span<const uint32_t> block_sizes,
                         FunctionRef<Status()> still_wanted) = 0;

 protected:
  ~ExtentPublisher() = default;
};

/// Told when dirty bytes pass half of max_dirty_bytes, and when a writer waits for room: flush now.
class PressureListener {
 public:
  /// From any thread that writes, without locks of the service held. Must return at once.
  virtual void OnPressure() noexcept = 0;

 protected:
  ~PressureListener() = default;
};

struct PayloadStatistics {
  uint64_t dirty_bytes = 0;  ///< With what keeping them costs.
  uint64_t clean_bytes = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t blocks_stored = 0;
  uint64_t blocks_shared = 0;  ///< Found stored already.
  uint64_t flush_failures = 0;
};

/// Written bytes on their way to content-addressed blocks, and blocks on their way to readers, for all shares of one
/// block store. Thread-safe.
class DITTOFS_EXPORT PayloadService final {
 public:
  static Result<std::unique_ptr<PayloadService>> Create(const PayloadServiceOptions& options);
  /// Drops what is dirty: flush first. No call may be under way.
  ~PayloadService();
  PayloadService(const PayloadService&) = delete;
  PayloadService& operator=(const PayloadService&) = delete;

  /// Records `content` as written at `offset`; newest wins. Owned pieces are kept without a copy. kNoSpace if no room
  /// was made in time, kTooSmall if `content` alone exceeds max_dirty_bytes.
  Status Write(const CallContext& context, ContentId file, uint64_t offset, const BufferChain& content);
  /// Reads exactly `length` bytes (the caller has clamped to the file's size): dirty bytes over `extents` over zeros.
  /// `extents` is asked for after the dirty bytes were captured, so that a flush in between is never missed.
  Status Read(const CallContext& context, ContentId file, uint64_t offset, uint32_t length,
              FunctionRef<Status(std::vector<Extent>&)> extents, ReadContent& content);
  /// Stores and publishes what was dirty in the file when the call began. Calls for one file run one after the other.
  /// kIo and friends: the bytes stay dirty and readable, flush_failures grows.
  Status Flush(const CallContext& context, ContentId file, ExtentPublisher& publisher);
  bool IsDirty(ContentId file) const noexcept;
  /// Dirty ranges, for SEEK: appends (offset, length), by offset.
  void DirtyRanges(ContentId file, std::vector<std::pair<uint64_t, uint64_t>>& ranges) const;
  /// Forgets dirty bytes in [from, to). A flush under way does not bring them back.
  void Discard(ContentId file, uint64_t from, uint64_t to);
  /// Files of `block_scope` with dirty bytes, oldest first, at most `max_count`; `older_than_ms` filters by the age of
  /// their oldest bytes. Appends.
  void ListDirty(uint64_t block_scope, uint64_t older_than_ms, size_t max_count, std::vector<ContentId>& files) const;
  /// Whether writers are waiting for room or will soon: more than half of max_dirty_bytes is dirty.
  bool UnderPressure() const noexcept;
  /// One listener per share. RemovePressureListener() returns when no call of it is under way.
  void AddPressureListener(PressureListener& listener);
  void RemovePressureListener(PressureListener& listener);

  /// Deletes the stored object of a block that nothing references and whose row is kDeleting. kTryLater: a flush is
  /// about to reference it; nothing was deleted.
  Status DeleteBlock(uint64_t block_scope, const BlockId& block);
  /// Room in the block store; kNotSupported if it can't tell.
  Result<BlockStoreCapacity> Capacity();
  PayloadStatistics statistics() const noexcept;

 private:
  struct Impl;
  explicit PayloadService(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dittofs
