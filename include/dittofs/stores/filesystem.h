#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dittofs/block_store.h"
#include "dittofs/environment.h"
#include "dittofs/export.h"

namespace dittofs {

struct FilesystemBlockStoreOptions {
  std::string directory;  ///< Made if absent (its parent must exist).
  bool sync = true;       ///< False: Put() returns before the disk has the object; for scratch stores only.
  Environment environment;
};
/// Blocks as files below a directory: temporary file, fsync, rename, fsync of the directory. Errors: kAccessDenied,
/// kIo, kUnknownFormat (a foreign or newer store in that directory).
DITTOFS_EXPORT Result<std::unique_ptr<BlockStore>> OpenFilesystemBlockStore(const FilesystemBlockStoreOptions& options);

}  // namespace dittofs
