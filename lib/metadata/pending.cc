#include <algorithm>

#include "base/bytes.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::GateHolder;
using metadata::GateMode;
using metadata::InodeCache;

namespace {

Status CheckRegular(const InodeRecord& inode) {
  if (inode.type == FileType::kRegular) return {};
  return inode.type == FileType::kDirectory ? ErrorCode::kIsDirectory : ErrorCode::kWrongType;
}

// Whether a write by `caller` must take setuid or setgid away first.
bool LosesPrivileges(const Identity& caller, const InodeRecord& inode) {
  return !caller.is_root() && metadata::ModeAfterContentChange(inode.mode) != inode.mode;
}

}  // namespace

Status MetadataService::AuthorizeRead(const CallContext& context, FileNumber file, Attributes& attributes) {
  Impl& impl = *impl_;
  Status status;
  const auto check = [&](const InodeRecord& inode) {
    metadata::ToAttributes(inode, attributes);
    status = CheckRegular(inode);
    if (status.ok()) status = metadata::CheckContentRead(context.caller, inode);
  };
  if (impl.inodes.Visit(file, check)) return status;
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, file, inode));
  check(inode);
  return status;
}

Status MetadataService::AuthorizeWrite(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length) {
  Impl& impl = *impl_;
  Status status;
  uint64_t size_bytes = 0;
  const auto check = [&](const InodeRecord& inode) {
    size_bytes = inode.size_bytes;
    status = CheckRegular(inode);
    if (status.ok()) status = metadata::CheckContentWrite(context.caller, inode);
  };
  if (!impl.inodes.Visit(file, check)) {
    InodeRecord inode;
    DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, file, inode));
    check(inode);
  }
  if (!status.ok()) return status;
  if (!base::InRange(offset, length, metadata::kMaxFileBytes)) return ErrorCode::kFileTooLarge;
  if (offset + length > size_bytes) {
    DITTOFS_RETURN_IF_ERROR(impl.CheckQuota({static_cast<int64_t>(offset + length - std::max(offset, size_bytes)), 0}));
  }
  if (impl.inodes.pending_count() >= impl.options.max_pending_files) {
    InodeRecord seen;
    uint64_t durable_size_bytes = 0;
    if (!impl.inodes.FindPending(file, seen, durable_size_bytes)) return ErrorCode::kTryLater;
  }
  return {};
}

Status MetadataService::NoteWrite(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                                  ChangePair& pair) {
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kShared});
  InodeRecord before;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, file, before));
  DITTOFS_RETURN_IF_ERROR(CheckRegular(before));
  if (LosesPrivileges(context.caller, before)) {
    gates.ReleaseAll();
    DITTOFS_RETURN_IF_ERROR(impl.ClearPrivileges(context, file));
    gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kShared});
  }
  const InodeCache::WriteNote note{base::SaturatingAdd(offset, length), impl.Now()};
  InodeRecord after;
  // A node may be evicted between the two steps, never for ever: each round makes it the most recent one.
  while (!impl.inodes.NoteWrite(file, note, before, after)) {
    DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, file, before));
  }
  metadata::ToPair(before, after, pair);
  return {};
}

Status MetadataService::Impl::ClearPrivileges(const CallContext& context, FileNumber file) {
  GateHolder holder(gates, context);
  holder.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kExclusive});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(LoadFile(context, file, seen, durable_size_bytes));
  if (!LosesPrivileges(context.caller, seen)) return {};
  InodeRecord after = seen;
  after.mode = metadata::ModeAfterContentChange(seen.mode);
  after.ctime = Now();
  after.change = metadata::NextChange(seen, after.ctime);
  InodeRecord row = after;
  row.size_bytes = durable_size_bytes;
  const Status status = Commit(context, [&](MetadataTransaction& transaction) -> Status {
    transaction.PutInode(row);
    return {};
  });
  if (!status.ok()) {
    inodes.Forget(file);
    return status;
  }
  inodes.Store(row, after.size_bytes);
  return {};
}

Status MetadataService::PublishPending(const CallContext& context, FileNumber file, ChangePair* pair) {
  return PublishPending(context, file, pair, [] { return Status(); });
}

Status MetadataService::PublishPending(const CallContext& context, FileNumber file, ChangePair* pair,
                                       FunctionRef<Status()> still_wanted) {
  Impl& impl = *impl_;
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kUpdate});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  if (!impl.inodes.FindPending(file, seen, durable_size_bytes)) {
    DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, file, seen));
    if (pair) metadata::ToPair(seen, seen, *pair);
    return {};
  }
  DITTOFS_RETURN_IF_ERROR(still_wanted());
  const Status status = impl.Commit(context, [&](MetadataTransaction& transaction) -> Status {
    transaction.PutInode(seen);
    return {};
  });
  if (!status.ok()) return status;
  InodeRecord now_seen;
  impl.inodes.StorePublished(seen, now_seen);
  if (pair) metadata::ToPair(now_seen, now_seen, *pair);
  return {};
}

void MetadataService::DropPending(FileNumber file) noexcept {
  GateHolder gates(impl_->gates, kSuperuserContext);
  gates.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kExclusive});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  if (impl_->inodes.FindPending(file, seen, durable_size_bytes)) impl_->inodes.Erase(file);
}

}  // namespace dittofs
