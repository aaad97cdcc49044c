#include "payload/stores/filesystem/directory_walk.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <memory>

#include "base/files.h"

namespace dittofs {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

Status ForEachName(int folder, FunctionRef<bool(std::string_view name, unsigned char type)> visit) {
  base::FileDescriptor own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return base::StatusOfErrno(errno, "open", "a folder of the block store");
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(own.get()));
  if (!directory) return base::StatusOfErrno(errno, "open", "a folder of the block store");
  own.Release();  // closed by closedir
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (!entry) {
      if (errno != 0) return base::StatusOfErrno(errno, "read", "a folder of the block store");
      return {};
    }
    const std::string_view name(entry->d_name);
    if (name == "." || name == "..") continue;
    if (!visit(name, entry->d_type)) return {};
  }
}

}  // namespace dittofs
