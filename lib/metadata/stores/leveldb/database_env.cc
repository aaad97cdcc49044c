#include "metadata/stores/leveldb/database_env.h"

#include <memory>
#include <string_view>

#include "base/files.h"

namespace dittofs::leveldb_store {
namespace {

bool IsLog(std::string_view path) noexcept {
  return path.ends_with(".log");
}
bool IsTable(std::string_view path) noexcept {
  return path.ends_with(".ldb") || path.ends_with(".sst");
}

leveldb::Status SyncParent(const std::string& path) {
  const size_t slash = path.rfind('/');
  const Status status = base::SyncDirectory(slash == std::string::npos ? "." : path.substr(0, slash + 1));
  return status.ok() ? leveldb::Status::OK() : leveldb::Status::IOError(path, std::string(status.message()));
}

}  // namespace

class DatabaseEnv::LogFile final : public leveldb::WritableFile {
 public:
  LogFile(leveldb::WritableFile* target, DatabaseEnv& env) : target_(target), env_(env) {}
  ~LogFile() override {
    if (!closed_) (void)SyncIfDirty();
  }
  leveldb::Status Append(const leveldb::Slice& bytes) override {
    dirty_ = true;
    return target_->Append(bytes);
  }
  leveldb::Status Flush() override { return target_->Flush(); }
  leveldb::Status Sync() override {
    env_.log_syncs_.fetch_add(1, std::memory_order_relaxed);
    const leveldb::Status status = target_->Sync();
    if (status.ok()) {
      dirty_ = false;
    } else {
      env_.lost_log_sync_.store(true, std::memory_order_release);
    }
    return status;
  }
  leveldb::Status Close() override {
    const leveldb::Status synced = SyncIfDirty();
    closed_ = true;
    const leveldb::Status closed = target_->Close();
    return synced.ok() ? closed : synced;
  }

 private:
  leveldb::Status SyncIfDirty() { return dirty_ ? Sync() : leveldb::Status::OK(); }

  const std::unique_ptr<leveldb::WritableFile> target_;
  DatabaseEnv& env_;
  bool dirty_ = false;
  bool closed_ = false;
};

leveldb::Status DatabaseEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  leveldb::Status status = target()->NewWritableFile(path, file);
  if (!status.ok() || !(IsLog(path) || IsTable(path))) return status;
  status = SyncParent(path);
  if (!status.ok()) {
    delete *file;
    *file = nullptr;
    return status;
  }
  if (IsLog(path)) *file = new LogFile(*file, *this);
  return status;
}

leveldb::Status DatabaseEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** file) {
  const leveldb::Status status = target()->NewAppendableFile(path, file);
  if (status.ok() && IsLog(path)) *file = new LogFile(*file, *this);
  return status;
}

leveldb::Status DatabaseEnv::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) {
  const leveldb::Status status = target()->NewRandomAccessFile(path, file);
  if (status.IsNotFound()) return leveldb::Status::IOError(path, "a table of the database is missing");
  return status;
}

}  // namespace dittofs::leveldb_store
