#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/sha256.h"
#include "payload/block_names.h"
#include "payload/payload_impl.h"

namespace dittofs {
namespace {

/// How often a read starts again because a block was collected between looking it up and fetching it.
constexpr int kMaxReadAttempts = 4;

}  // namespace

Result<Buffer> PayloadService::Impl::LoadBlock(uint64_t block_scope, const BlockId& block, uint64_t needed_bytes) {
  if (needed_bytes > kMaxBlockBytes) return Status(ErrorCode::kCorruption, "an extent beyond the largest block");
  const std::string key = payload::BlockKeyOf(block_scope, block);
  // Most blocks are as long as their extent: one byte more tells whether this one is longer.
  const size_t first_bytes = static_cast<size_t>(std::min<uint64_t>(needed_bytes + 1, kMaxBlockBytes));
  std::byte* to = nullptr;
  Buffer content = Buffer::Allocate(first_bytes, &to);
  size_t got = 0;
  Status status = store.Get(key, 0, {to, first_bytes}, &got);
  if (status.ok() && got == first_bytes && first_bytes < kMaxBlockBytes) {
    std::byte* longer_to = nullptr;
    Buffer longer = Buffer::Allocate(kMaxBlockBytes, &longer_to);
    std::memcpy(longer_to, content.data(), got);
    size_t rest = 0;
    status = store.Get(key, got, {longer_to + got, kMaxBlockBytes - got}, &rest);
    got += rest;
    content = got < kMaxBlockBytes / 2 ? Buffer::Copy(longer.bytes().subspan(0, got)) : std::move(longer);
  }
  if (status == ErrorCode::kNotFound) return status;
  if (!status.ok()) {
    log.Error("a block can't be read", {{"block", payload::FormatBlockId(block)}, {"error", status.ToString()}});
    return status.WithContext("block " + payload::FormatBlockId(block));
  }
  content = content.Slice(0, got);
  if (base::Sha256(content.bytes()) != block) {
    log.Error("a stored block does not match its hash: restore it or the files that use it from a copy",
              {{"block", payload::FormatBlockId(block)}, {"key", key}, {"bytes", got}, {"store", store.Describe()}});
    return Status(ErrorCode::kCorruption, "block " + payload::FormatBlockId(block) + " does not match its hash");
  }
  return content;
}

Status PayloadService::Impl::AddExtentSegments(const CallContext& context, uint64_t block_scope, uint64_t from,
                                               uint64_t to, size_t& next_extent, payload::ReadScratch& scratch) {
  const std::vector<Extent>& extents = scratch.extents;
  while (from < to) {
    while (next_extent < extents.size() && extents[next_extent].offset + extents[next_extent].length <= from) {
      ++next_extent;
    }
    const uint64_t start = next_extent < extents.size() ? std::max(from, extents[next_extent].offset) : to;
    if (start > from) {
      const uint64_t end = std::min(start, to);
      scratch.segments.push_back({static_cast<size_t>(end - from), Buffer()});
      from = end;
      continue;
    }
    const Extent& extent = extents[next_extent];
    const uint64_t length = std::min(to, extent.offset + extent.length) - from;
    const uint64_t in_block = extent.block_offset + (from - extent.offset);
    const Result<Buffer> block = cache.FindOrLoad(
        extent.block, in_block, length, [&] { context.WillBlock(); },
        [&] { return LoadBlock(block_scope, extent.block, extent.block_offset + extent.length); });
    if (!block.ok()) return block.status();
    if (!base::InRange(in_block, length, block->size())) {
      log.Error("an extent reaches beyond its block", {{"block", payload::FormatBlockId(extent.block)}});
      return Status(ErrorCode::kCorruption, "an extent reaches beyond block " + payload::FormatBlockId(extent.block));
    }
    scratch.segments.push_back({static_cast<size_t>(length), block->Slice(in_block, length)});
    from += length;
  }
  return {};
}

Status PayloadService::Impl::Compose(const CallContext& context, uint64_t block_scope, uint64_t offset, uint32_t length,
                                     payload::ReadScratch& scratch) {
  uint64_t previous_end = 0;
  for (const Extent& extent : scratch.extents) {
    if (extent.offset < previous_end || extent.length == 0 || extent.length > UINT64_MAX - extent.offset) {
      log.Error("the extents of a file overlap or are out of order");
      return Status(ErrorCode::kCorruption, "the extents of a file overlap or are out of order");
    }
    previous_end = extent.offset + extent.length;
  }
  size_t next_extent = 0;
  uint64_t at = offset;
  for (cache::Piece& piece : scratch.dirty) {
    DITTOFS_RETURN_IF_ERROR(AddExtentSegments(context, block_scope, at, piece.offset, next_extent, scratch));
    at = piece.offset + piece.bytes.size();
    const size_t size = piece.bytes.size();
    scratch.segments.push_back({size, std::move(piece.bytes)});
  }
  return AddExtentSegments(context, block_scope, at, offset + length, next_extent, scratch);
}

void PayloadService::Impl::Emit(const payload::ReadScratch& scratch, uint32_t length, ReadContent& content) const {
  const auto is_lent = [&](const payload::ReadScratch::Segment& segment) {
    return length >= ReadContent::kLendThresholdBytes && segment.bytes.size() >= ReadContent::kLendThresholdBytes;
  };
  size_t i = 0;
  while (i < scratch.segments.size()) {
    if (is_lent(scratch.segments[i])) {
      content.Lend(scratch.segments[i++].bytes);
      continue;
    }
    // Small neighbours share one piece of room.
    size_t group_bytes = 0;
    size_t end = i;
    for (; end < scratch.segments.size() && !is_lent(scratch.segments[end]); ++end) {
      group_bytes += scratch.segments[end].length;
    }
    std::span<std::byte> space = content.Extend(group_bytes);
    for (; i < end; ++i) {
      const payload::ReadScratch::Segment& segment = scratch.segments[i];
      if (segment.bytes.empty()) {
        std::memset(space.data(), 0, segment.length);
      } else {
        std::memcpy(space.data(), segment.bytes.data(), segment.length);
      }
      space = space.subspan(segment.length);
    }
  }
}

Status PayloadService::Read(const CallContext& context, ContentId file, uint64_t offset, uint32_t length,
                            FunctionRef<Status(std::vector<Extent>&)> extents, ReadContent& content) {
  if (length == 0) return {};
  if (length > UINT64_MAX - offset) return ErrorCode::kInvalidArgument;
  payload::ReadScratchPool::Lease lease(impl_->scratches);
  payload::ReadScratch& scratch = *lease;
  for (int attempt = 1;; ++attempt) {
    scratch.Clear();
    uint64_t dirty_bytes = 0;
    if (const std::shared_ptr<payload::DirtyFile> dirty = impl_->files.Find(file)) {
      base::MutexLock lock(dirty->mutex);
      dirty->slices.Collect(offset, offset + length, scratch.dirty);
    }
    for (const cache::Piece& piece : scratch.dirty) dirty_bytes += piece.bytes.size();
    if (dirty_bytes < length) DITTOFS_RETURN_IF_ERROR(extents(scratch.extents));
    const Status status = impl_->Compose(context, file.block_scope, offset, length, scratch);
    if (status.ok()) break;
    if (status != ErrorCode::kNotFound) return status;
    // The file may have got other blocks meanwhile, and the collector this one: ask again.
    if (attempt == kMaxReadAttempts) {
      impl_->log.Error("a block that a file refers to is not in the block store",
                       {{"file", file.file.value}, {"store", impl_->store.Describe()}});
      return Status(ErrorCode::kCorruption, "a block of the file is not in the block store");
    }
  }
  impl_->Emit(scratch, length, content);
  return {};
}

}  // namespace dittofs
