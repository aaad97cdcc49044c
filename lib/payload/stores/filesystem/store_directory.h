#pragma once

#include <string>
#include <string_view>

#include "base/files.h"
#include "base/log.h"
#include "dittofs/environment.h"
#include "dittofs/status.h"

namespace dittofs {

/// openat(2) with O_CLOEXEC and O_NOFOLLOW; `name` is one component.
Result<base::FileDescriptor> OpenBelow(int folder, const std::string& name, int flags, unsigned mode = 0600);
/// Makes the folder `name` unless it exists and opens it.
Result<base::FileDescriptor> OpenOrMakeFolder(int parent, const std::string& name, bool* made = nullptr);

/// The directory of a filesystem block store, opened: format checked or stamped, stale temporaries swept.
class StoreDirectory {
 public:
  static Result<StoreDirectory> Open(const std::string& path, Random& random, const base::Logger& log);
  ~StoreDirectory();
  StoreDirectory(StoreDirectory&&) = default;
  StoreDirectory& operator=(StoreDirectory&&) = delete;

  int objects() const noexcept { return objects_.get(); }
  /// A folder of this process's own, on the same file system as the objects.
  int temporaries() const noexcept { return own_temporaries_.get(); }

 private:
  StoreDirectory() = default;
  static Status CheckFormat(const std::string& path);
  Status ClaimTemporaries(Random& random);
  void SweepStaleTemporaries(const base::Logger& log);

  base::FileDescriptor objects_;
  base::FileDescriptor all_temporaries_;
  std::string own_name_;
  base::FileDescriptor own_temporaries_;  // carries the flock that says "in use"
};

}  // namespace dittofs
