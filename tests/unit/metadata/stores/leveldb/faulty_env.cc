#include "faulty_env.h"

#include <filesystem>
#include <memory>
#include <system_error>

namespace dittofs::leveldb_store {

class FaultyEnv::File final : public leveldb::WritableFile {
 public:
  File(leveldb::WritableFile* target, FaultyEnv& env, std::string path, uint64_t size)
      : target_(target), env_(env), path_(std::move(path)), is_log_(path_.ends_with(".log")), size_(size) {}

  leveldb::Status Append(const leveldb::Slice& bytes) override {
    if (is_log_ && env_.fail_log_appends_.load()) return leveldb::Status::IOError(path_, "injected append failure");
    const leveldb::Status status = target_->Append(bytes);
    if (status.ok()) size_ += bytes.size();
    return status;
  }
  leveldb::Status Close() override { return target_->Close(); }
  leveldb::Status Flush() override { return target_->Flush(); }
  leveldb::Status Sync() override {
    if (is_log_) {
      env_.log_syncs_.fetch_add(1);
      if (env_.on_log_sync_) env_.on_log_sync_();
      if (env_.fail_log_syncs_.load()) return leveldb::Status::IOError(path_, "injected sync failure");
    }
    const leveldb::Status status = target_->Flush();  // the disk is the test's: no real sync needed
    if (status.ok() && !env_.powerless_.load()) env_.Track(path_, size_);
    return status;
  }

 private:
  const std::unique_ptr<leveldb::WritableFile> target_;
  FaultyEnv& env_;
  const std::string path_;
  const bool is_log_;
  uint64_t size_;
};

void FaultyEnv::Track(const std::string& path, uint64_t synced) {
  const std::lock_guard lock(mutex_);
  synced_bytes_[path] = synced;
}

leveldb::Status FaultyEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  const leveldb::Status status = target()->NewWritableFile(path, file);
  if (!status.ok()) return status;
  *file = new File(*file, *this, path, 0);
  Track(path, 0);
  return status;
}

leveldb::Status FaultyEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** file) {
  const leveldb::Status status = target()->NewAppendableFile(path, file);
  if (!status.ok()) return status;
  *file = new File(*file, *this, path, std::filesystem::file_size(path));
  return status;
}

leveldb::Status FaultyEnv::RenameFile(const std::string& from, const std::string& to) {
  if (powerless_.load()) return leveldb::Status::IOError(from, "no power");
  const std::lock_guard lock(mutex_);
  const auto found = synced_bytes_.find(from);
  if (found != synced_bytes_.end()) {
    synced_bytes_[to] = found->second;
    synced_bytes_.erase(found);
  }
  return target()->RenameFile(from, to);
}

leveldb::Status FaultyEnv::RemoveFile(const std::string& path) {
  if (powerless_.load()) return leveldb::Status::IOError(path, "no power");
  {
    const std::lock_guard lock(mutex_);
    synced_bytes_.erase(path);
  }
  return target()->RemoveFile(path);
}

void FaultyEnv::RestorePower() {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, synced] : synced_bytes_) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) std::filesystem::resize_file(path, synced, error);
  }
  powerless_.store(false);
}

}  // namespace dittofs::leveldb_store
