#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"

namespace dittofs::base {

void FileDescriptor::Close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

ErrorCode CodeOfErrno(int error) noexcept {
  switch (error) {
    case 0:
      return ErrorCode::kOk;
    case EPERM:
      return ErrorCode::kPermissionDenied;
    case EACCES:
      return ErrorCode::kAccessDenied;
    case ENOENT:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kExists;
    case ENOTDIR:
      return ErrorCode::kNotDirectory;
    case EISDIR:
      return ErrorCode::kIsDirectory;
    case ENOTEMPTY:
      return ErrorCode::kNotEmpty;
    case EINVAL:
      return ErrorCode::kInvalidArgument;
    case ENAMETOOLONG:
      return ErrorCode::kNameTooLong;
    case EFBIG:
      return ErrorCode::kFileTooLarge;
    case EMLINK:
      return ErrorCode::kTooManyLinks;
    case EXDEV:
      return ErrorCode::kCrossDevice;
    case EROFS:
      return ErrorCode::kReadOnly;
    case ENOSPC:
      return ErrorCode::kNoSpace;
    case EDQUOT:
      return ErrorCode::kQuotaExceeded;
    case ESTALE:
      return ErrorCode::kStale;
    case ENOTSUP:
      return ErrorCode::kNotSupported;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorCode::kResourceExhausted;
    case EADDRINUSE:
      return ErrorCode::kAlreadyInUse;
    case ETIMEDOUT:
      return ErrorCode::kTimedOut;
    default:
      return ErrorCode::kIo;
  }
}

Status StatusOfErrno(int error, std::string_view doing, std::string_view path) {
  return Status(CodeOfErrno(error), fmt::format("{} {}: {}", doing, path, std::strerror(error)));
}

Result<FileDescriptor> OpenFile(const std::string& path, int flags, unsigned mode) {
  int descriptor;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return StatusOfErrno(errno, "open", path);
  return FileDescriptor(descriptor);
}

Result<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  Result<FileDescriptor> file = OpenFile(path, O_RDONLY);
  if (!file.ok()) return file.status();
  std::string content;
  char chunk[4096];
  while (true) {
    const ssize_t got = ::read(file->get(), chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return StatusOfErrno(errno, "read", path);
    if (got == 0) return content;
    content.append(chunk, static_cast<size_t>(got));
    if (content.size() > max_bytes) return Status(ErrorCode::kFileTooLarge, fmt::format("read {}: too large", path));
  }
}

Status WriteFully(int descriptor, std::span<const std::byte> bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return StatusOfErrno(errno, "write", path);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Status ReadFullyAt(int descriptor, uint64_t offset, std::span<std::byte> into, size_t* read_bytes,
                   std::string_view path) {
  *read_bytes = 0;
  while (*read_bytes < into.size()) {
    const ssize_t got = ::pread(descriptor, into.data() + *read_bytes, into.size() - *read_bytes,
                                static_cast<off_t>(offset + *read_bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return StatusOfErrno(errno, "read", path);
    if (got == 0) break;
    *read_bytes += static_cast<size_t>(got);
  }
  return {};
}

Status SyncDirectory(const std::string& directory) {
  Result<FileDescriptor> file = OpenFile(directory, O_RDONLY | O_DIRECTORY);
  if (!file.ok()) return file.status();
  if (::fsync(file->get()) != 0) return StatusOfErrno(errno, "fsync", directory);
  return {};
}

Status ReplaceFileDurably(const std::string& path, std::string_view content, unsigned mode) {
  const std::string temporary = path + ".new";
  {
    Result<FileDescriptor> file = OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (!file.ok()) return file.status();
    DITTOFS_RETURN_IF_ERROR(WriteFully(file->get(), AsBytes(content), temporary));
    if (::fsync(file->get()) != 0) return StatusOfErrno(errno, "fsync", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return StatusOfErrno(errno, "rename", temporary);
  const size_t slash = path.rfind('/');
  return SyncDirectory(slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash));
}

Status MakeDirectoryIfAbsent(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0) return {};
  if (errno != EEXIST) return StatusOfErrno(errno, "make directory", path);
  struct stat attributes{};
  if (::stat(path.c_str(), &attributes) != 0) return StatusOfErrno(errno, "stat", path);
  if (!S_ISDIR(attributes.st_mode)) {
    return Status(ErrorCode::kNotDirectory, fmt::format("{} is not a directory", path));
  }
  return {};
}

Result<FileDescriptor> LockFile(const std::string& path) {
  Result<FileDescriptor> file = OpenFile(path, O_RDWR | O_CREAT, 0600);
  if (!file.ok()) return file;
  if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return StatusOfErrno(errno, "lock", path);
    char holder[24] = {};
    const ssize_t got = ::pread(file->get(), holder, sizeof holder - 1, 0);
    const std::string_view pid(holder, got > 0 ? static_cast<size_t>(got) : 0);
    return Status(ErrorCode::kAlreadyInUse,
                  fmt::format("{} is locked by another process{}{}", path, pid.empty() ? "" : ", pid ", pid));
  }
  const std::string pid = fmt::format("{}", ::getpid());
  if (::ftruncate(file->get(), 0) != 0 || ::pwrite(file->get(), pid.data(), pid.size(), 0) < 0) {
    return StatusOfErrno(errno, "write", path);
  }
  return file;
}

}  // namespace dittofs::base
