#pragma once

#include <memory>

#include "dittofs/block_store.h"
#include "dittofs/export.h"
#include "dittofs/metadata_store.h"

namespace dittofs {

struct MemoryMetadataStoreOptions {
  uint64_t max_bytes = 0;  ///< About what all rows may take; 0 = no bound. Beyond: kNoSpace.
};
/// Metadata in memory, in shards: for tests and scratch shares. Ends with the object. Never blocks.
DITTOFS_EXPORT std::unique_ptr<MetadataStore> MakeMemoryMetadataStore(MemoryMetadataStoreOptions options = {});

struct MemoryBlockStoreOptions {
  uint64_t max_bytes = 0;  ///< What all objects may take; 0 = no bound. Beyond: kNoSpace.
};
/// Blocks in memory. Ends with the object. Never blocks.
DITTOFS_EXPORT std::unique_ptr<BlockStore> MakeMemoryBlockStore(MemoryBlockStoreOptions options = {});

}  // namespace dittofs
