#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace dittofs::leveldb_store {

/// What LevelDB's own file system layer lacks for our promises:
/// - a log file is synced before it is closed, so that a write without sync in a rotated log is never lost while a
/// later
///   synced one stands in the next log;
/// - names of new logs and tables are made durable (the directory is synced);
/// - a table file that is gone is an error, not an absent key (LevelDB hands "file not found" on as "key not found").
/// A sync that failed is remembered for ever. Thread-safe.
class DatabaseEnv final : public leveldb::EnvWrapper {
 public:
  explicit DatabaseEnv(leveldb::Env* target) : EnvWrapper(target) {}

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) override;

  /// Whether a log could not be synced: what was acknowledged without sync may be lost.
  bool lost_log_sync() const noexcept { return lost_log_sync_.load(std::memory_order_acquire); }
  /// How often a log was synced.
  uint64_t log_syncs() const noexcept { return log_syncs_.load(std::memory_order_relaxed); }

 private:
  class LogFile;
  std::atomic<bool> lost_log_sync_{false};
  std::atomic<uint64_t> log_syncs_{0};
};

}  // namespace dittofs::leveldb_store
