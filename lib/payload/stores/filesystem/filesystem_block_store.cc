#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "base/mutex.h"
#include "dittofs/stores/filesystem.h"
#include "payload/stores/filesystem/directory_walk.h"
#include "payload/stores/filesystem/object_path.h"
#include "payload/stores/filesystem/store_directory.h"

namespace dittofs {
namespace {

/// Folders whose names are known to be durable; when more than this were seen, they are synced once more.
constexpr size_t kMaxSyncedFolders = 65536;

/// "The disk is full" in the one word of the interface.
Status AsStoreStatus(Status status) {
  if (status == ErrorCode::kQuotaExceeded) return Status(ErrorCode::kNoSpace, std::string(status.message()));
  return status;
}

class FilesystemBlockStore final : public BlockStore {
 public:
  FilesystemBlockStore(const FilesystemBlockStoreOptions& options, StoreDirectory directory)
      : path_(options.directory), sync_(options.sync), directory_(std::move(directory)) {
    traits_.durable = sync_;
  }

  const BlockStoreTraits& traits() const noexcept override { return traits_; }
  std::string Describe() const override { return "filesystem:" + path_; }

  Status Put(std::string_view key, std::span<const std::byte> content) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const std::string temporary = fmt::format("{}", next_temporary_.fetch_add(1, std::memory_order_relaxed));
    Status status = PutThrough(temporary, ObjectPathOf(key), content);
    if (!status.ok()) ::unlinkat(directory_.temporaries(), temporary.c_str(), 0);
    return AsStoreStatus(status.ok() ? status : status.WithContext(path_));
  }

  Status Get(std::string_view key, uint64_t offset, std::span<std::byte> into, size_t* read_bytes) override {
    *read_bytes = 0;
    const Result<base::FileDescriptor> file = OpenObject(key);
    if (!file.ok()) return file.status();
    return base::ReadFullyAt(file->get(), offset, into, read_bytes, key);
  }

  Result<uint64_t> Stat(std::string_view key) override {
    const Result<base::FileDescriptor> file = OpenObject(key);
    if (!file.ok()) return file.status();
    struct stat attributes{};
    if (::fstat(file->get(), &attributes) != 0) return base::StatusOfErrno(errno, "stat", key);
    return static_cast<uint64_t>(attributes.st_size);
  }

  Status Delete(std::string_view key) override {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const ObjectPath path = ObjectPathOf(key);
    const Result<base::FileDescriptor> folder = OpenFolder(path);
    if (!folder.ok()) return folder.status();
    if (::unlinkat(folder->get(), path.file.c_str(), 0) == 0) return {};
    if (errno == ENOENT) return ErrorCode::kNotFound;
    return base::StatusOfErrno(errno, "delete", key);
  }

  Status List(std::string_view prefix, FunctionRef<bool(const StoredObject&)> visit) override {
    bool stopped = false;
    return ListFolder(directory_.objects(), std::string(), prefix, visit, stopped);
  }

  Result<BlockStoreCapacity> Capacity() override {
    struct statvfs room{};
    if (::fstatvfs(directory_.objects(), &room) != 0) return base::StatusOfErrno(errno, "statvfs", path_);
    const uint64_t unit = room.f_frsize;
    return BlockStoreCapacity{room.f_blocks * unit, room.f_bfree * unit, room.f_bavail * unit};
  }

 private:
  Status PutThrough(const std::string& temporary, const ObjectPath& path, std::span<const std::byte> content) {
    {
      const Result<base::FileDescriptor> file =
          OpenBelow(directory_.temporaries(), temporary, O_WRONLY | O_CREAT | O_EXCL);
      if (!file.ok()) return file.status();
      DITTOFS_RETURN_IF_ERROR(base::WriteFully(file->get(), content, temporary));
      if (sync_ && ::fsync(file->get()) != 0) return base::StatusOfErrno(errno, "fsync", temporary);
    }
    const Result<base::FileDescriptor> folder = MakeFolders(path);
    if (!folder.ok()) return folder.status();
    if (::renameat(directory_.temporaries(), temporary.c_str(), folder->get(), path.file.c_str()) != 0) {
      return base::StatusOfErrno(errno, "rename", temporary);
    }
    if (sync_ && ::fsync(folder->get()) != 0) return base::StatusOfErrno(errno, "fsync", path.file);
    return {};
  }

  /// Opens the folder of an object, making what is missing. Every folder's name is durable when this returns: another
  /// Put may have made it and not synced it yet, so only what this process has synced counts as known.
  Result<base::FileDescriptor> MakeFolders(const ObjectPath& path) {
    base::FileDescriptor folder(::fcntl(directory_.objects(), F_DUPFD_CLOEXEC, 0));
    if (!folder.valid()) return base::StatusOfErrno(errno, "open", path_);
    std::string so_far;
    for (const std::string& name : path.folders) {
      so_far.append(name).push_back('/');
      Result<base::FileDescriptor> next = OpenBelow(folder.get(), name, O_RDONLY | O_DIRECTORY);
      if (next.code() == ErrorCode::kNotFound) next = OpenOrMakeFolder(folder.get(), name);
      if (!next.ok()) return next;
      if (sync_ && !IsSynced(so_far)) {
        if (::fsync(folder.get()) != 0) return base::StatusOfErrno(errno, "fsync", so_far);
        NoteSynced(so_far);
      }
      folder = *std::move(next);
    }
    return folder;
  }

  Result<base::FileDescriptor> OpenFolder(const ObjectPath& path) const {
    base::FileDescriptor folder(::fcntl(directory_.objects(), F_DUPFD_CLOEXEC, 0));
    if (!folder.valid()) return base::StatusOfErrno(errno, "open", path_);
    for (const std::string& name : path.folders) {
      Result<base::FileDescriptor> next = OpenBelow(folder.get(), name, O_PATH | O_DIRECTORY);
      if (!next.ok()) return next;
      folder = *std::move(next);
    }
    return folder;
  }

  Result<base::FileDescriptor> OpenObject(std::string_view key) const {
    DITTOFS_RETURN_IF_ERROR(CheckBlockKey(key));
    const ObjectPath path = ObjectPathOf(key);
    const Result<base::FileDescriptor> folder = OpenFolder(path);
    if (!folder.ok()) return folder.status();
    return OpenBelow(folder->get(), path.file, O_RDONLY);
  }

  Status ListFolder(int folder, const std::string& key, std::string_view prefix,
                    FunctionRef<bool(const StoredObject&)> visit, bool& stopped) const {
    Status inner;
    const Status read = ForEachName(folder, [&](std::string_view name, unsigned char type) {
      inner = ListName(folder, key, std::string(name), type, prefix, visit, stopped);
      return inner.ok() && !stopped;
    });
    return inner.ok() ? read : inner;
  }

  Status ListName(int folder, const std::string& key, const std::string& name, unsigned char type,
                  std::string_view prefix, FunctionRef<bool(const StoredObject&)> visit, bool& stopped) const {
    struct stat attributes{};
    std::string whole = key;
    if (AppendFileToKey(name, whole)) {
      if (!whole.starts_with(prefix)) return {};
      if (::fstatat(folder, name.c_str(), &attributes, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return {};  // deleted meanwhile
        return base::StatusOfErrno(errno, "stat", name);
      }
      if (!S_ISREG(attributes.st_mode)) return {};
      stopped = !visit({whole, static_cast<uint64_t>(attributes.st_size), attributes.st_mtim.tv_sec});
      return {};
    }
    if ((type != DT_DIR && type != DT_UNKNOWN) || !AppendFolderToKey(name, whole)) return {};
    const size_t common = std::min(whole.size(), prefix.size());
    if (std::string_view(whole).substr(0, common) != prefix.substr(0, common)) return {};
    const Result<base::FileDescriptor> below = OpenBelow(folder, name, O_RDONLY | O_DIRECTORY);
    if (below.code() == ErrorCode::kNotFound) return {};
    if (!below.ok()) return below.status();
    return ListFolder(below->get(), whole, prefix, visit, stopped);
  }

  bool IsSynced(const std::string& folder) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return synced_.contains(folder);
  }
  void NoteSynced(const std::string& folder) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    if (synced_.size() >= kMaxSyncedFolders) synced_.clear();
    synced_.insert(folder);
  }

  const std::string path_;
  const bool sync_;
  BlockStoreTraits traits_;
  const StoreDirectory directory_;
  std::atomic<uint64_t> next_temporary_{0};
  base::Mutex mutex_;  // rank: leaf
  std::unordered_set<std::string> synced_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<BlockStore>> OpenFilesystemBlockStore(const FilesystemBlockStoreOptions& options) {
  if (options.directory.empty()) return Status(ErrorCode::kInvalidArgument, "a block store needs a directory");
  const Environment environment = WithDefaults(options.environment);
  Result<StoreDirectory> directory =
      StoreDirectory::Open(options.directory, *environment.random, base::Logger(environment.log, "payload"));
  if (!directory.ok()) return directory.status().WithContext("block store");
  return std::unique_ptr<BlockStore>(std::make_unique<FilesystemBlockStore>(options, *std::move(directory)));
}

}  // namespace dittofs
