#include "metadata/names.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::GateHolder;
using metadata::GateMode;

Status MetadataService::Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckName(request.name));
  Impl& impl = *impl_;
  const Impl::Name name(impl, request.directory, request.name);
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{name.gate(), GateMode::kExclusive});
  EntryRecord entry;
  const Status found = impl.FindEntry(context, name, entry);
  if (!found.ok() && found.code() != ErrorCode::kNotFound) return found;
  const GateHolder::Request directory_gate{metadata::FileGate(request.directory), GateMode::kShared};
  if (found.ok()) {
    gates.Acquire(directory_gate, GateHolder::Request{metadata::FileGate(entry.child), GateMode::kExclusive});
  } else {
    gates.Acquire(directory_gate);
  }

  InodeRecord directory;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, request.directory, directory));
  metadata::ToAttributes(directory, reply.directory.after);
  DITTOFS_RETURN_IF_ERROR(metadata::CheckSearch(context.caller, directory));
  if (!found.ok()) return found;
  if (request.expected && request.expected != entry.child) return ErrorCode::kNotFound;
  InodeRecord file;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, entry.child, file, durable_size_bytes));
  DITTOFS_RETURN_IF_ERROR(metadata::CheckEntryRemoval(context.caller, directory, file));
  const bool is_directory = file.type == FileType::kDirectory;
  if (request.kind == RemoveKind::kDirectory) {
    if (!is_directory) return ErrorCode::kNotDirectory;
    if (file.entry_count != 0) return ErrorCode::kNotEmpty;
  } else if (is_directory) {
    return ErrorCode::kIsDirectory;
  }

  const Timestamp now = impl.Now();
  const metadata::DroppedLink dropped = metadata::DropLink(file, durable_size_bytes, now);
  DirectoryChange change;
  const Status status = impl.Commit(context, [&](MetadataTransaction& transaction) -> Status {
    metadata::EraseEntry(transaction, request.directory, request.name, entry);
    metadata::WriteDroppedLink(transaction, dropped);
    transaction.ChangeDirectory(request.directory, {-1, is_directory ? -1 : 0, now}, &change);
    return {};
  });
  if (!status.ok()) {
    impl.ForgetName(name);
    impl.inodes.Forget(entry.child);
    return status;
  }
  impl.entries.Store(name.hash, name.directory, name.text, nullptr);
  impl.FinishDroppedLink(dropped);
  impl.StoreDirectoryChange(change, reply.directory);
  metadata::ToAttributes(dropped.after, reply.file);
  return {};
}

}  // namespace dittofs
