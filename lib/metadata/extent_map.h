#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dittofs/metadata_store.h"

namespace dittofs::metadata {

/// References that one transaction adds and drops, summed per block so that a split and a replacement cost one delta.
class ReferenceDeltas {
 public:
  void Add(const BlockId& block, int64_t delta) { deltas_.push_back({block, delta}); }
  /// Hands the sums to the transaction. Once.
  void Apply(MetadataTransaction& transaction);

 private:
  struct Delta {
    BlockId block;
    int64_t count;
  };
  std::vector<Delta> deltas_;
};

/// What ReplaceExtents() did to the space of a file.
struct SpaceChange {
  uint64_t freed_bytes = 0;
  uint64_t added_bytes = 0;
  int64_t delta() const noexcept { return static_cast<int64_t>(added_bytes) - static_cast<int64_t>(freed_bytes); }
};

/// `replacement` (by offset, without overlaps, inside the range) becomes all that `file` has in [offset, offset +
/// length); `length` UINT64_MAX = everything from `offset` on. What sticks out of the range on either side stays.
/// kCorruption if the stored extents overlap.
Status ReplaceExtents(MetadataTransaction& transaction, FileNumber file, uint64_t offset, uint64_t length,
                      std::span<const Extent> replacement, ReferenceDeltas& references, SpaceChange& space);

/// The same to a sorted list in memory.
void SpliceExtents(std::vector<Extent>& extents, uint64_t offset, uint64_t length, std::span<const Extent> replacement);

/// Whether `extents` are by offset, without overlaps, not empty, and end at or below 2^63 - 1. Pure.
bool AreOrdered(std::span<const Extent> extents) noexcept;

/// `extent` without what lies outside [from, to); they must overlap. Pure.
Extent Clip(const Extent& extent, uint64_t from, uint64_t to) noexcept;

inline uint64_t EndOf(const Extent& extent) noexcept {
  return extent.offset + extent.length;
}

}  // namespace dittofs::metadata
