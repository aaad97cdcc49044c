#include "metadata/names.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::GateHolder;
using metadata::GateMode;

Status MetadataService::Link(const CallContext& context, FileNumber file, FileNumber directory_number,
                             std::string_view entry_name, LinkReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckName(entry_name));
  Impl& impl = *impl_;
  const Impl::Name name(impl, directory_number, entry_name);
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{name.gate(), GateMode::kExclusive});
  gates.Acquire(GateHolder::Request{metadata::FileGate(directory_number), GateMode::kShared},
                GateHolder::Request{metadata::FileGate(file), GateMode::kExclusive});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, file, seen, durable_size_bytes));
  metadata::ToAttributes(seen, reply.file);
  InodeRecord directory;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, directory_number, directory));
  metadata::ToAttributes(directory, reply.directory.after);
  DITTOFS_RETURN_IF_ERROR(metadata::CheckSearch(context.caller, directory));
  EntryRecord entry;
  const Status found = impl.FindEntry(context, name, entry);
  if (found.ok()) return ErrorCode::kExists;
  if (found.code() != ErrorCode::kNotFound) return found;
  DITTOFS_RETURN_IF_ERROR(metadata::CheckPermission(context.caller, directory, base::kMayWrite));
  // POSIX link(): EPERM for directories.
  if (seen.type == FileType::kDirectory) return ErrorCode::kPermissionDenied;
  if (seen.link_count >= metadata::kMaxFileLinks) return ErrorCode::kTooManyLinks;

  uint64_t cookie = 0;
  DITTOFS_RETURN_IF_ERROR(impl.numbers.Take(context, cookie));
  const Timestamp now = impl.Now();
  InodeRecord after = seen;
  after.link_count += 1;
  after.ctime = now;
  after.change = metadata::NextChange(seen, now);
  InodeRecord row = after;
  row.size_bytes = durable_size_bytes;
  entry = {file, seen.type, Cookie{cookie}};
  DirectoryChange change;
  const Status status = impl.Commit(context, [&](MetadataTransaction& transaction) -> Status {
    transaction.PutInode(row);
    metadata::WriteEntry(transaction, directory_number, entry_name, entry);
    transaction.ChangeDirectory(directory_number, {1, 0, now}, &change);
    return {};
  });
  if (!status.ok()) {
    impl.ForgetName(name);
    impl.inodes.Forget(file);
    return status;
  }
  impl.inodes.Store(row, after.size_bytes);
  impl.entries.Store(name.hash, name.directory, name.text, &entry);
  impl.StoreDirectoryChange(change, reply.directory);
  metadata::ToAttributes(after, reply.file);
  return {};
}

}  // namespace dittofs
