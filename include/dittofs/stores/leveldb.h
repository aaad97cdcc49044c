#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dittofs/environment.h"
#include "dittofs/export.h"
#include "dittofs/metadata_store.h"

namespace dittofs {

struct LevelDbMetadataStoreOptions {
  std::string directory;  ///< Made if absent (its parent must exist). One process at a time.
  uint64_t cache_bytes = 64u << 20;
  uint64_t write_buffer_bytes = 16u << 20;
  int bloom_bits_per_key = 10;
  Environment environment;
};
/// Metadata in LevelDB: the embedded default. Synchronous, checksummed (paranoid_checks, verify_checksums), with group
/// commit over all shares and callers. Errors: kAlreadyInUse (locked by another process), kUnknownFormat, kCorruption
/// (says what to do), kIo, kAccessDenied.
DITTOFS_EXPORT Result<std::unique_ptr<MetadataStore>> OpenLevelDbMetadataStore(
    const LevelDbMetadataStoreOptions& options);

}  // namespace dittofs
