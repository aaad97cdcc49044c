#pragma once

#include <leveldb/env.h>

#include <cstdint>
#include <memory>

#include "dittofs/metadata_store.h"
#include "dittofs/stores/leveldb.h"

namespace dittofs::leveldb_store {

/// As OpenLevelDbMetadataStore() over a file system layer of the caller's, which must outlive the store. Files that are
/// not LevelDB's (OWNER, FORMAT) are always real ones.
Result<std::unique_ptr<MetadataStore>> OpenStore(const LevelDbMetadataStoreOptions& options, leveldb::Env* env);

}  // namespace dittofs::leveldb_store
