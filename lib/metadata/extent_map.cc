#include "metadata/extent_map.h"

#include <algorithm>
#include <cstddef>

#include "base/bytes.h"
#include "metadata/permissions.h"

namespace dittofs::metadata {

void ReferenceDeltas::Apply(MetadataTransaction& transaction) {
  std::sort(deltas_.begin(), deltas_.end(), [](const Delta& a, const Delta& b) { return a.block < b.block; });
  for (size_t i = 0; i < deltas_.size();) {
    int64_t sum = 0;
    const size_t first = i;
    while (i < deltas_.size() && deltas_[i].block == deltas_[first].block) sum += deltas_[i++].count;
    if (sum != 0) transaction.AddBlockReferences(deltas_[first].block, sum);
  }
  deltas_.clear();
}

Extent Clip(const Extent& extent, uint64_t from, uint64_t to) noexcept {
  Extent clipped = extent;
  const uint64_t begin = std::max(extent.offset, from);
  clipped.block_offset += static_cast<uint32_t>(begin - extent.offset);
  clipped.offset = begin;
  clipped.length = std::min(EndOf(extent), to) - begin;
  return clipped;
}

bool AreOrdered(std::span<const Extent> extents) noexcept {
  uint64_t end = 0;
  for (const Extent& extent : extents) {
    if (extent.length == 0 || extent.offset < end) return false;
    if (!base::InRange(extent.offset, extent.length, kMaxFileBytes)) return false;
    end = EndOf(extent);
  }
  return true;
}

Status ReplaceExtents(MetadataTransaction& transaction, FileNumber file, uint64_t offset, uint64_t length,
                      std::span<const Extent> replacement, ReferenceDeltas& references, SpaceChange& space) {
  const uint64_t end = base::SaturatingAdd(offset, length);
  std::vector<Extent> old;
  DITTOFS_RETURN_IF_ERROR(transaction.GetExtents(file, offset, length, SIZE_MAX, old));
  if (!AreOrdered(old)) return Status(ErrorCode::kCorruption, "extents of a file overlap");
  for (const Extent& extent : old) {
    const uint64_t extent_end = EndOf(extent);
    const bool keeps_left = extent.offset < offset;
    const bool keeps_right = extent_end > end;
    space.freed_bytes += std::min(extent_end, end) - std::max(extent.offset, offset);
    if (keeps_left) {
      transaction.PutExtent(file, Clip(extent, 0, offset));
    } else {
      transaction.DeleteExtent(file, extent.offset);
    }
    if (keeps_right) transaction.PutExtent(file, Clip(extent, end, extent_end));
    const int64_t delta = (keeps_left ? 1 : 0) + (keeps_right ? 1 : 0) - 1;
    if (delta != 0) references.Add(extent.block, delta);
  }
  for (const Extent& extent : replacement) {
    transaction.PutExtent(file, extent);
    references.Add(extent.block, 1);
    space.added_bytes += extent.length;
  }
  return {};
}

void SpliceExtents(std::vector<Extent>& extents, uint64_t offset, uint64_t length,
                   std::span<const Extent> replacement) {
  const uint64_t end = base::SaturatingAdd(offset, length);
  const auto first = std::partition_point(extents.begin(), extents.end(),
                                          [offset](const Extent& extent) { return EndOf(extent) <= offset; });
  const auto last =
      std::partition_point(first, extents.end(), [end](const Extent& extent) { return extent.offset < end; });
  std::vector<Extent> middle;
  middle.reserve(replacement.size() + 2);
  if (first != last && first->offset < offset) middle.push_back(Clip(*first, 0, offset));
  middle.insert(middle.end(), replacement.begin(), replacement.end());
  if (first != last && EndOf(*(last - 1)) > end) middle.push_back(Clip(*(last - 1), end, UINT64_MAX));
  const ptrdiff_t at = first - extents.begin();
  const ptrdiff_t replaced = last - first;
  const auto common = std::min<ptrdiff_t>(replaced, static_cast<ptrdiff_t>(middle.size()));
  std::copy(middle.begin(), middle.begin() + common, extents.begin() + at);
  if (common < replaced) {
    extents.erase(extents.begin() + at + common, extents.begin() + at + replaced);
  } else {
    extents.insert(extents.begin() + at + common, middle.begin() + common, middle.end());
  }
}

}  // namespace dittofs::metadata
