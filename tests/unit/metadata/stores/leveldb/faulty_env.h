#pragma once

#include <leveldb/env.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace dittofs::leveldb_store {

/// A file system whose power can fail: it knows which bytes of which file were synced, and forgets the others. Syncs
/// can be counted, delayed and made to fail.
class FaultyEnv final : public leveldb::EnvWrapper {
 public:
  FaultyEnv() : EnvWrapper(leveldb::Env::Default()) {}

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status RemoveFile(const std::string& path) override;

  /// From now on nothing reaches the disk: what a closing store still writes is lost too.
  void CutPower() { powerless_.store(true); }
  /// Leaves in every file what was synced before the power went. The store must be closed.
  void RestorePower();

  /// Of files that end with ".log".
  uint64_t log_syncs() const noexcept { return log_syncs_.load(); }
  void FailLogSyncs(bool fail) { fail_log_syncs_.store(fail); }
  void FailLogAppends(bool fail) { fail_log_appends_.store(fail); }
  /// Called before each sync of a log, outside of all locks of this object.
  void OnLogSync(std::function<void()> hook) { on_log_sync_ = std::move(hook); }

 private:
  class File;
  void Track(const std::string& path, uint64_t synced);

  std::atomic<bool> powerless_{false};
  std::atomic<bool> fail_log_syncs_{false};
  std::atomic<bool> fail_log_appends_{false};
  std::atomic<uint64_t> log_syncs_{0};
  std::function<void()> on_log_sync_;
  std::mutex mutex_;
  std::map<std::string, uint64_t> synced_bytes_;
};

}  // namespace dittofs::leveldb_store
