#pragma once

#include <atomic>
#include <cstdint>

#include "base/log.h"
#include "cache/block_cache.h"
#include "dittofs/payload_service.h"
#include "payload/blocks_in_use.h"
#include "payload/dirty_budget.h"
#include "payload/dirty_files.h"
#include "payload/read_scratch.h"
#include "payload/work_pool.h"

namespace dittofs {

struct PayloadService::Impl {
  static constexpr size_t kFlushThreads = 3;
  class FlushRun;

  Impl(const PayloadServiceOptions& options, const Environment& filled_environment)
      : store(*options.store),
        environment(filled_environment),
        log(environment.log, "payload"),
        cache(options.cache_bytes),
        budget(options.max_dirty_bytes, options.max_write_wait_ms),
        pool(kFlushThreads) {}

  /// Fetches a block of which [0, needed_bytes) at least must be there, and checks it against its name. kNotFound: no
  /// such object; kCorruption: the content does not match (logged).
  Result<Buffer> LoadBlock(uint64_t block_scope, const BlockId& block, uint64_t needed_bytes);
  /// Cuts the range into segments: dirty bytes over extents over zeros. kNotFound: a block of an extent is gone.
  Status Compose(const CallContext& context, uint64_t block_scope, uint64_t offset, uint32_t length,
                 payload::ReadScratch& scratch);
  Status AddExtentSegments(const CallContext& context, uint64_t block_scope, uint64_t from, uint64_t to,
                           size_t& next_extent, payload::ReadScratch& scratch);
  void Emit(const payload::ReadScratch& scratch, uint32_t length, ReadContent& content) const;
  /// Forgets dirty bytes that `erase` takes out of `file`, and gives their room back.
  void EraseDirty(payload::DirtyFile& file, uint64_t from, uint64_t to, uint64_t sequence) REQUIRES(file.mutex);

  BlockStore& store;
  const Environment environment;
  const base::Logger log;
  cache::BlockCache cache;
  payload::DirtyBudget budget;
  payload::DirtyFiles files;
  payload::BlocksInUse in_use;
  payload::ReadScratchPool scratches;
  std::atomic<uint64_t> blocks_stored{0};
  std::atomic<uint64_t> blocks_shared{0};
  std::atomic<uint64_t> flush_failures{0};
  payload::WorkPool pool;
};

}  // namespace dittofs
