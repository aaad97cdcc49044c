#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "dittofs/status.h"

namespace dittofs::base {

/// An open file descriptor, closed at the end of its life.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int descriptor) noexcept : descriptor_(descriptor) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const noexcept { return descriptor_; }
  bool valid() const noexcept { return descriptor_ >= 0; }
  int Release() noexcept { return std::exchange(descriptor_, -1); }
  void Close() noexcept;

 private:
  int descriptor_ = -1;
};

/// The ErrorCode of an errno value; kIo for what has no better word.
ErrorCode CodeOfErrno(int error) noexcept;
/// That code with "`doing` `path`: strerror" as its sentence.
Status StatusOfErrno(int error, std::string_view doing, std::string_view path);

/// open(2) with O_CLOEXEC.
Result<FileDescriptor> OpenFile(const std::string& path, int flags, unsigned mode = 0600);
/// Reads all of a small file; kFileTooLarge beyond `max_bytes`.
Result<std::string> ReadSmallFile(const std::string& path, size_t max_bytes = 1 << 20);
/// Writes every byte or fails.
Status WriteFully(int descriptor, std::span<const std::byte> bytes, std::string_view path);
/// pread(2) until `into` is full or the file ends.
Status ReadFullyAt(int descriptor, uint64_t offset, std::span<std::byte> into, size_t* read_bytes,
                   std::string_view path);
/// fsync of a directory, so that names made or removed in it are durable.
Status SyncDirectory(const std::string& directory);
/// Replaces `path` by a file with `content`, durably and all or nothing (temporary, fsync, rename, fsync of the
/// directory).
Status ReplaceFileDurably(const std::string& path, std::string_view content, unsigned mode = 0600);
/// Makes a directory unless it exists; its parent must. kNotDirectory if something else has the name.
Status MakeDirectoryIfAbsent(const std::string& path, unsigned mode = 0700);

/// An exclusive lock (flock) on a file that is made if absent; kAlreadyInUse with the holder's process id if another
/// process has it.
Result<FileDescriptor> LockFile(const std::string& path);

}  // namespace dittofs::base
