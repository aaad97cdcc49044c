#include <algorithm>

#include "base/bytes.h"
#include "fs/stored_impl.h"

namespace dittofs::fs {
namespace {

/// The first range of extents that Seek asks for; each further one is twice as long.
constexpr uint64_t kFirstSeekWindowBytes = 64u << 20;

}  // namespace

Status StoredFiles::WillTruncate(const CallContext&, FileNumber, uint64_t) {
  return {};  // bytes go when the cut has committed, or a failed one would lose them
}

void StoredFiles::DidDropContent(FileNumber file, uint64_t from, uint64_t to) noexcept {
  payload_.Discard(IdOf(file), from, to);
}

void StoredFiles::DidRemove(FileNumber file) noexcept {
  payload_.Discard(IdOf(file), 0, UINT64_MAX);
}

Status StoredFiles::SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                                  SetAttributesReply& reply) {
  if (!changes.size_bytes) return metadata_.SetAttributes(context, file, changes, reply);
  if (*changes.size_bytes > 0 && options_.durable && payload_.IsDirty(IdOf(file))) {
    // The new size becomes durable at once; unstable bytes below it must not turn to zeros in a power cut. If they
    // can't be stored now, the truncation need not fail for it: it may be what makes room.
    const Status status = FlushFile(context, file, nullptr);
    if (status == ErrorCode::kStale) return status;
  }
  const ContentChanges::Change change(changes_, file);
  return metadata_.SetAttributes(context, file, changes, reply);
}

Status StoredFiles::Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) {
  const bool may_cut =
      request.disposition == CreateDisposition::kOverwriteIf || request.disposition == CreateDisposition::kOverwrite;
  if (!may_cut) return metadata_.Create(context, request, reply);
  LookupReply found;
  if (!metadata_.Lookup(context, request.directory, request.name, AttributeMask::kIdentity, found).ok()) {
    return metadata_.Create(context, request, reply);
  }
  const ContentChanges::Change change(changes_, found.file.number);
  return metadata_.Create(context, request, reply);
}

Status StoredFiles::Deallocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                               SetAttributesReply& reply) {
  const ContentChanges::Change change(changes_, file);
  return metadata_.PunchHole(context, file, offset, length, reply.file);
}

Status StoredFiles::Clone(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to,
                          uint64_t to_offset, uint64_t length, SetAttributesReply& reply) {
  Attributes source;
  DITTOFS_RETURN_IF_ERROR(metadata_.AuthorizeRead(context, from, source));
  DITTOFS_RETURN_IF_ERROR(metadata_.AuthorizeWrite(context, to, to_offset, length));
  // Extents are what is shared, so the source's bytes must have become some.
  DITTOFS_RETURN_IF_ERROR(FlushFile(context, from, nullptr));
  if (options_.durable && from != to) {
    // As for a new size: it must not get durable before the bytes below it.
    DITTOFS_RETURN_IF_ERROR(FlushFile(context, to, nullptr));
  }
  const ContentChanges::Change change(changes_, to);
  return metadata_.CloneExtents(context, from, from_offset, to, to_offset, length, reply.file);
}

Status StoredFiles::FindContent(const CallContext& context, FileNumber file, uint64_t offset, uint64_t limit,
                                uint64_t& at, uint64_t& end) {
  at = limit;
  end = limit;
  // Dirty bytes first, as in Read(): a flush in between makes them extents, which are asked for after.
  std::vector<std::pair<uint64_t, uint64_t>> dirty;
  payload_.DirtyRanges(IdOf(file), dirty);
  std::vector<Extent> extents;
  uint64_t window = kFirstSeekWindowBytes;
  uint64_t asked = offset;  // extents before it are known
  const auto next_dirty =
      std::find_if(dirty.begin(), dirty.end(), [&](const auto& range) { return range.first + range.second > offset; });
  if (next_dirty != dirty.end()) at = std::min(limit, std::max(offset, next_dirty->first));
  while (asked < at && extents.empty()) {
    const uint64_t length = std::min(window, at - asked);
    DITTOFS_RETURN_IF_ERROR(metadata_.GetExtents(context, file, asked, length, extents));
    asked += length;
    window *= 2;
  }
  if (!extents.empty()) at = std::min(at, std::max(offset, extents.front().offset));
  if (at == limit) return {};
  // Now the end of the content that begins at `at`: ranges of both kinds in turn, as long as they touch.
  end = at;
  while (end < limit) {
    const uint64_t before = end;
    for (const auto& [from, length] : dirty) {
      if (from <= end && end < from + length) end = from + length;
    }
    extents.clear();
    if (end < limit) {
      DITTOFS_RETURN_IF_ERROR(
          metadata_.GetExtents(context, file, end, std::min(kFirstSeekWindowBytes, limit - end), extents));
    }
    for (const Extent& extent : extents) {
      if (extent.offset <= end && end < extent.offset + extent.length) end = extent.offset + extent.length;
    }
    if (end == before) break;
  }
  end = std::min(end, limit);
  return {};
}

Status StoredFiles::Seek(const CallContext& context, FileNumber file, uint64_t offset, SeekTarget target,
                         SeekReply& reply) {
  Attributes attributes;
  DITTOFS_RETURN_IF_ERROR(metadata_.AuthorizeRead(context, file, attributes));
  const uint64_t size = attributes.size_bytes;
  reply.offset = size;
  reply.end_of_file = true;
  if (offset >= size) return {};
  uint64_t at = 0;
  uint64_t end = 0;
  DITTOFS_RETURN_IF_ERROR(FindContent(context, file, offset, size, at, end));
  if (target == SeekTarget::kContent) {
    reply.offset = at;
  } else {
    reply.offset = at > offset ? offset : end;  // the end of the file is a hole for everybody (lseek)
  }
  reply.end_of_file = reply.offset == size && target == SeekTarget::kContent;
  return {};
}

}  // namespace dittofs::fs
