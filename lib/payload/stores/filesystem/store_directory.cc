#include "payload/stores/filesystem/store_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "payload/stores/filesystem/directory_walk.h"

namespace dittofs {
namespace {

constexpr std::string_view kFormatFile = "format";
constexpr std::string_view kFormatHeading = "dittofs block store\nversion ";
constexpr std::string_view kFormatVersion = "1";

/// Whether `path` holds anything that a block store, made and stopped before its stamp was written, does not.
Result<bool> HoldsForeignFiles(const std::string& path) {
  Result<base::FileDescriptor> folder = base::OpenFile(path, O_RDONLY | O_DIRECTORY);
  if (!folder.ok()) return folder.status();
  bool foreign = false;
  const Status status = ForEachName(folder->get(), [&](std::string_view name, unsigned char) {
    foreign = foreign || (name != "format.new" && name != "lost+found");
    return !foreign;
  });
  if (!status.ok()) return status;
  return foreign;
}

void RemoveFolderWithFiles(int parent, const std::string& name, int folder) {
  // Names are collected first: removing while reading a directory may skip entries.
  std::vector<std::string> names;
  const Status ignored = ForEachName(folder, [&](std::string_view file, unsigned char) {
    names.emplace_back(file);
    return true;
  });
  (void)ignored;  // what is left over is swept next time
  for (const std::string& file : names) ::unlinkat(folder, file.c_str(), 0);
  ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

}  // namespace

Result<base::FileDescriptor> OpenBelow(int folder, const std::string& name, int flags, unsigned mode) {
  int descriptor;
  do {
    descriptor = ::openat(folder, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor >= 0) return base::FileDescriptor(descriptor);
  // ENOENT is an everyday answer: no sentence, no allocation.
  if (errno == ENOENT) return ErrorCode::kNotFound;
  return base::StatusOfErrno(errno, "open", name);
}

Result<base::FileDescriptor> OpenOrMakeFolder(int parent, const std::string& name, bool* made) {
  const bool created = ::mkdirat(parent, name.c_str(), 0700) == 0;
  if (!created && errno != EEXIST) return base::StatusOfErrno(errno, "make directory", name);
  if (made) *made = created;
  return OpenBelow(parent, name, O_RDONLY | O_DIRECTORY);
}

Status StoreDirectory::CheckFormat(const std::string& path) {
  const std::string file = fmt::format("{}/{}", path, kFormatFile);
  const Result<std::string> stamp = base::ReadSmallFile(file);
  if (stamp.code() == ErrorCode::kNotFound) {
    const Result<bool> foreign = HoldsForeignFiles(path);
    if (!foreign.ok()) return foreign.status();
    if (*foreign) {
      return Status(ErrorCode::kUnknownFormat,
                    fmt::format("{} holds files but no \"format\" file, so it is not a block store: name an empty "
                                "directory, or restore the missing file",
                                path));
    }

    return base::ReplaceFileDurably(file, fmt::format("{}{}\n", kFormatHeading, kFormatVersion));
  }
  if (!stamp.ok()) return stamp.status();
  std::string_view text = *stamp;
  if (!text.starts_with(kFormatHeading)) {
    return Status(ErrorCode::kUnknownFormat,
                  fmt::format("{} is not the format file of a block store: name another directory", file));
  }
  text.remove_prefix(kFormatHeading.size());
  const std::string_view version = text.substr(0, text.find('\n'));
  if (version != kFormatVersion) {
    return Status(ErrorCode::kUnknownFormat,
                  fmt::format("{} has version \"{}\", this program knows version {}: use the program that wrote it "
                              "or a newer one",
                              path, version, kFormatVersion));
  }
  return {};
}

Status StoreDirectory::ClaimTemporaries(Random& random) {
  for (int attempt = 0; attempt < 16; ++attempt) {
    own_name_ = fmt::format("{:016x}", random.Next64());
    bool made = false;
    Result<base::FileDescriptor> folder = OpenOrMakeFolder(all_temporaries_.get(), own_name_, &made);
    if (folder.code() == ErrorCode::kNotFound) continue;  // swept by another process before it was held
    if (!folder.ok()) return folder.status();
    struct stat now{};
    if (!made || ::flock(folder->get(), LOCK_EX | LOCK_NB) != 0 || ::fstat(folder->get(), &now) != 0 ||
        now.st_nlink == 0) {
      continue;
    }
    own_temporaries_ = *std::move(folder);
    return {};
  }
  return Status(ErrorCode::kIo, "no folder for temporaries could be made");
}

void StoreDirectory::SweepStaleTemporaries(const base::Logger& log) {
  std::vector<std::string> names;
  const Status listed = ForEachName(all_temporaries_.get(), [&](std::string_view name, unsigned char) {
    if (name != own_name_) names.emplace_back(name);
    return true;
  });
  if (!listed.ok()) log.Warning("stale temporaries can't be listed", {{"error", listed.ToString()}});
  for (const std::string& name : names) {
    const Result<base::FileDescriptor> folder = OpenBelow(all_temporaries_.get(), name, O_RDONLY | O_DIRECTORY);
    if (!folder.ok() || ::flock(folder->get(), LOCK_EX | LOCK_NB) != 0) continue;  // its process lives
    RemoveFolderWithFiles(all_temporaries_.get(), name, folder->get());
  }
}

Result<StoreDirectory> StoreDirectory::Open(const std::string& path, Random& random, const base::Logger& log) {
  DITTOFS_RETURN_IF_ERROR(base::MakeDirectoryIfAbsent(path));
  DITTOFS_RETURN_IF_ERROR(CheckFormat(path));
  const Result<base::FileDescriptor> root = base::OpenFile(path, O_RDONLY | O_DIRECTORY);
  if (!root.ok()) return root.status();
  StoreDirectory directory;
  Result<base::FileDescriptor> objects = OpenOrMakeFolder(root->get(), "objects");
  if (!objects.ok()) return objects.status();
  Result<base::FileDescriptor> temporaries = OpenOrMakeFolder(root->get(), "tmp");
  if (!temporaries.ok()) return temporaries.status();
  if (::fsync(root->get()) != 0) return base::StatusOfErrno(errno, "fsync", path);
  directory.objects_ = *std::move(objects);
  directory.all_temporaries_ = *std::move(temporaries);
  DITTOFS_RETURN_IF_ERROR(directory.ClaimTemporaries(random));
  directory.SweepStaleTemporaries(log);
  return directory;
}

StoreDirectory::~StoreDirectory() {
  if (own_temporaries_.valid()) RemoveFolderWithFiles(all_temporaries_.get(), own_name_, own_temporaries_.get());
}

}  // namespace dittofs
