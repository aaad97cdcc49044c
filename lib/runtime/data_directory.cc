#include "runtime/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace dittofs::runtime {
namespace {

/// The file `handle-key`, format 1. The checksum tells a damaged key, which would make every handle of every client
/// stale, from a good one.
struct HandleKeyFile {
  std::array<char, 7> magic;
  uint8_t version;
  std::array<uint8_t, 16> key;
  std::array<uint8_t, 8> checksum;  ///< First half of SipHash-2-4-128 under `key` over magic and version.
};
static_assert(sizeof(HandleKeyFile) == 32 && alignof(HandleKeyFile) == 1);
static_assert(offsetof(HandleKeyFile, version) == 7);
static_assert(offsetof(HandleKeyFile, key) == 8);
static_assert(offsetof(HandleKeyFile, checksum) == 24);

constexpr std::array<char, 7> kMagic = {'d', 'i', 't', 't', 'o', 'f', 'k'};
constexpr uint8_t kVersion = 1;
constexpr mode_t kOthersBits = 077;
constexpr std::string_view kWhatToDo =
    "restore it from a backup, or move it away: a new key is made then, and clients must mount again";

std::array<uint8_t, 8> Checksum(const HandleKeyFile& file) {
  const auto hash = base::SipHash128(file.key, {reinterpret_cast<const uint8_t*>(&file), offsetof(HandleKeyFile, key)});
  std::array<uint8_t, 8> checksum;
  std::memcpy(checksum.data(), hash.data(), checksum.size());
  return checksum;
}

}  // namespace

Result<DataDirectory> DataDirectory::Open(const std::string& path) {
  if (Status made = base::MakeDirectoryIfAbsent(path); !made.ok()) return made.WithContext("data directory");
  Result<base::FileDescriptor> lock = base::LockFile(path + "/" + kLockFileName);
  if (!lock.ok()) return lock.status().WithContext("data directory");
  return DataDirectory(path, std::move(*lock));
}

Result<base::SipHashKey> DataDirectory::LoadHandleKey(Random& random) const {
  const std::string path = path_ + "/" + kHandleKeyFileName;
  HandleKeyFile file{};
  Result<base::FileDescriptor> opened = base::OpenFile(path, O_RDONLY | O_NOFOLLOW);
  if (opened.code() == ErrorCode::kNotFound) {
    file.magic = kMagic;
    file.version = kVersion;
    random.Fill(std::as_writable_bytes(std::span(file.key)));
    file.checksum = Checksum(file);
    const std::string_view content(reinterpret_cast<const char*>(&file), sizeof file);
    if (Status made = base::ReplaceFileDurably(path, content, 0600); !made.ok()) return made.WithContext("handle key");
    return file.key;
  }
  if (!opened.ok()) return opened.status().WithContext("handle key");

  struct stat attributes{};
  if (::fstat(opened->get(), &attributes) != 0) return base::StatusOfErrno(errno, "stat", path);
  if (!S_ISREG(attributes.st_mode)) return Status(ErrorCode::kWrongType, fmt::format("{} is not a regular file", path));
  if ((attributes.st_mode & kOthersBits) != 0) {
    return Status(ErrorCode::kPermissionDenied,
                  fmt::format("{} is open to others (mode {:04o}), who could forge file handles; run: chmod 600 {}",
                              path, attributes.st_mode & 07777, path));
  }
  size_t read_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(
      base::ReadFullyAt(opened->get(), 0, std::as_writable_bytes(std::span(&file, 1)), &read_bytes, path));
  if (read_bytes >= offsetof(HandleKeyFile, key) && file.magic == kMagic && file.version != kVersion) {
    return Status(ErrorCode::kUnknownFormat,
                  fmt::format("{} has format {}, this version reads format {}; run the version that wrote it", path,
                              file.version, kVersion));
  }
  if (attributes.st_size != sizeof file || read_bytes != sizeof file) {
    return Status(ErrorCode::kCorruption,
                  fmt::format("{} has {} bytes instead of {}; {}", path, attributes.st_size, sizeof file, kWhatToDo));
  }
  if (file.magic != kMagic || !base::EqualInConstantTime(file.checksum, Checksum(file))) {
    return Status(ErrorCode::kCorruption, fmt::format("{} is damaged; {}", path, kWhatToDo));
  }
  return file.key;
}

}  // namespace dittofs::runtime
