#pragma once

#include <leveldb/env.h>

#include <string>
#include <string_view>

#include "dittofs/status.h"

namespace dittofs::leveldb_store {

/// Looks for damage in a LevelDB log that LevelDB itself takes for the end of the log, and would answer by dropping the
/// commits behind it: a damaged length in the last block, or a run of zeros. A log that was cut in the middle of its
/// last record is good: its writer was interrupted. Costs a walk over record headers; checksums are LevelDB's business.
Status CheckLog(std::string_view log, std::string_view name);
/// The same for a file.
Status CheckLogFile(leveldb::Env* env, const std::string& path);

}  // namespace dittofs::leveldb_store
