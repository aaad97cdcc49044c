#pragma once

#include <string>

#include "base/files.h"
#include "base/siphash.h"
#include "dittofs/environment.h"
#include "dittofs/status.h"

namespace dittofs::runtime {

inline constexpr char kLockFileName[] = "lock";
inline constexpr char kHandleKeyFileName[] = "handle-key";

/// A Runtime's directory, held against other processes as long as the object lives (docs/formats/data-directory.md).
class DataDirectory {
 public:
  /// Makes `path` if absent (its parent must exist) and locks it. kAlreadyInUse names the process that holds it.
  static Result<DataDirectory> Open(const std::string& path);

  /// The handle key kept here; made from `random` at first use, durable before it is answered. kPermissionDenied if
  /// others may read it, kCorruption, kUnknownFormat: the message says what to do.
  Result<base::SipHashKey> LoadHandleKey(Random& random) const;

 private:
  DataDirectory(std::string path, base::FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  base::FileDescriptor lock_;
};

}  // namespace dittofs::runtime
