#include "metadata/extent_map.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::CheckContentWrite;
using metadata::GateHolder;
using metadata::GateMode;

namespace {

// Whether the size may be set, before anything is changed.
Status CheckNewSize(const Identity& caller, const InodeRecord& inode, uint64_t size_bytes) {
  if (inode.type == FileType::kDirectory) return ErrorCode::kIsDirectory;
  if (inode.type != FileType::kRegular) return ErrorCode::kWrongType;
  DITTOFS_RETURN_IF_ERROR(CheckContentWrite(caller, inode));
  return size_bytes > metadata::kMaxFileBytes ? ErrorCode::kFileTooLarge : ErrorCode::kOk;
}

}  // namespace

Status MetadataService::SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                                      SetAttributesReply& reply) {
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kExclusive});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, file, seen, durable_size_bytes));
  return impl.ChangeAttributes(context, seen, durable_size_bytes, changes, reply.file);
}

Status MetadataService::Impl::ChangeAttributes(const CallContext& context, const InodeRecord& seen,
                                               uint64_t durable_size_bytes, const AttributeChanges& changes,
                                               ChangePair& pair) {
  metadata::ToAttributes(seen, pair.after);
  if (changes.size_bytes) DITTOFS_RETURN_IF_ERROR(CheckNewSize(context.caller, seen, *changes.size_bytes));
  const Timestamp now = Now();
  InodeRecord after = seen;
  DITTOFS_RETURN_IF_ERROR(metadata::ApplyChanges(context.caller, changes, now, after));
  if (changes.expected_ctime && *changes.expected_ctime != seen.ctime) return ErrorCode::kNotSynchronized;
  if (!metadata::ChangesAnything(changes)) {
    metadata::ToPair(seen, seen, pair);
    return {};
  }
  // Whoever changes the file has seen that it was made; a later exclusive create of this name is another one's.
  after.has_create_verifier = false;
  after.create_verifier = {};

  bool shrinks = false;
  uint64_t new_durable_size_bytes = durable_size_bytes;
  if (changes.size_bytes) {
    after.size_bytes = new_durable_size_bytes = *changes.size_bytes;
    shrinks = after.size_bytes < seen.size_bytes;
    if (changes.mtime_source == AttributeChanges::TimeSource::kKeep) after.mtime = now;
    if (!context.caller.is_root() && !changes.mode) after.mode = metadata::ModeAfterContentChange(after.mode);
    if (shrinks && observer) DITTOFS_RETURN_IF_ERROR(observer->WillTruncate(context, seen.number, after.size_bytes));
  }
  const bool trims = changes.size_bytes && after.size_bytes < durable_size_bytes && seen.used_bytes != 0;
  metadata::SpaceChange space;
  Status status = Commit(context, [&](MetadataTransaction& transaction) -> Status {
    space = {};
    InodeRecord row = after;
    row.size_bytes = new_durable_size_bytes;
    if (row.type == FileType::kDirectory) {
      InodeRecord current;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(row.number, current));
    }
    if (trims) {
      metadata::ReferenceDeltas references;
      DITTOFS_RETURN_IF_ERROR(
          metadata::ReplaceExtents(transaction, row.number, after.size_bytes, UINT64_MAX, {}, references, space));
      references.Apply(transaction);
      row.used_bytes -= space.freed_bytes;
      if (space.freed_bytes != 0) transaction.AddUsage({-static_cast<int64_t>(space.freed_bytes), 0});
    }
    transaction.PutInode(row);
    return {};
  });
  if (!status.ok()) {
    inodes.Forget(seen.number);
    extents.Erase(seen.number);
    return status;
  }
  after.used_bytes -= space.freed_bytes;
  AddUsage({-static_cast<int64_t>(space.freed_bytes), 0});
  InodeRecord durable = after;
  durable.size_bytes = new_durable_size_bytes;
  inodes.Store(durable, after.size_bytes);
  if (trims) extents.Splice(seen.number, after.size_bytes, UINT64_MAX, {});
  if (shrinks && observer) observer->DidDropContent(seen.number, after.size_bytes, UINT64_MAX);
  metadata::ToPair(seen, after, pair);
  return {};
}

}  // namespace dittofs
