#pragma once

#include <cstdint>

#include "base/mutex.h"
#include "dittofs/file_system.h"
#include "dittofs/metadata_store.h"

namespace dittofs::metadata {

/// Numbers for files and cookies, taken from the store in ranges. A range is fetched when half of the last one is left,
/// so that only the one who fetches waits. Thread-safe.
class NumberSource {
 public:
  static constexpr uint32_t kRange = 1024;

  NumberSource(MetadataStore& store, ShareId share) noexcept : store_(store), share_(share) {}
  NumberSource(const NumberSource&) = delete;
  NumberSource& operator=(const NumberSource&) = delete;

  Status Take(const CallContext& context, uint64_t& number);

 private:
  MetadataStore& store_;
  const ShareId share_;
  base::Mutex mutex_;  // rank: leaf
  base::CondVar fetched_;
  uint64_t next_ GUARDED_BY(mutex_) = 0;
  uint64_t end_ GUARDED_BY(mutex_) = 0;
  uint64_t spare_ GUARDED_BY(mutex_) = 0;  ///< First of a whole unused range; 0 = none.
  bool fetching_ GUARDED_BY(mutex_) = false;
};

}  // namespace dittofs::metadata
