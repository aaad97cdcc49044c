#pragma once

#include <cstdint>
#include <memory>

#include "dittofs/environment.h"
#include "dittofs/file_system.h"
#include "dittofs/metadata_service.h"
#include "dittofs/payload_service.h"

namespace dittofs {

struct StoredFileSystemOptions {
  Environment environment;
  /// COMMIT, DATA_SYNC and FILE_SYNC answer when blocks, extents and size are durable. False: nothing waits for the
  /// stores, and nothing survives the process (Durability::kMemory).
  bool durable = true;
  uint32_t flush_after_ms = 5000;     ///< Unstable bytes older than this are stored in the background.
  uint32_t collect_every_ms = 10000;  ///< How often extents of removed files and unreferenced blocks are freed.
  uint64_t quota_bytes = 0;           ///< For statistics only; MetadataService enforces it. 0 = no bound.
  uint64_t quota_files = 0;
  /// False: no threads of its own; somebody calls RunBackgroundWork().
  bool background_threads = true;
};

/// One share's files over a MetadataService and a PayloadService: the only place where names and extents meet bytes.
/// Thread-safe.
class StoredFileSystem : public FileSystem {
 public:
  /// Makes everything unstable stable. Answers the first failure; kTimedOut if it took longer than `deadline_ms`.
  virtual Status FlushAll(uint32_t deadline_ms) = 0;
  /// Stops the background threads and flushes. No operation may be under way or follow. Idempotent.
  virtual Status Close(uint32_t deadline_ms) = 0;
  /// One round of what the background threads do, for tests and for `background_threads` = false: flushes what is old
  /// (everything under pressure), then frees what nothing references.
  virtual Status RunBackgroundWork() = 0;
};

/// Both services must outlive the result; it registers itself as the ContentObserver of `metadata`. Closed without
/// flushing when destroyed.
std::unique_ptr<StoredFileSystem> MakeStoredFileSystem(MetadataService& metadata, PayloadService& payload,
                                                       const StoredFileSystemOptions& options);

}  // namespace dittofs
