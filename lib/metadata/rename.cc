#include <optional>

#include "metadata/names.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::CheckPermission;
using metadata::GateHolder;
using metadata::GateMode;

namespace {

/// Everything that a rename looks at, loaded under its gates.
struct Scene {
  InodeRecord from_directory;
  InodeRecord to_directory;
  InodeRecord moved;
  uint64_t moved_durable_size_bytes = 0;
  EntryRecord from_entry;
  EntryRecord to_entry;
  bool replaces = false;
  InodeRecord replaced;
  uint64_t replaced_durable_size_bytes = 0;

  bool moves_directory() const noexcept { return moved.type == FileType::kDirectory; }
  bool changes_parent() const noexcept { return from_directory.number != to_directory.number; }
};

// The rules of rename() once everything is known, in the order in which Linux looks at them.
Status CheckRename(const Identity& caller, const Scene& scene) {
  DITTOFS_RETURN_IF_ERROR(metadata::CheckEntryRemoval(caller, scene.from_directory, scene.moved));
  if (!scene.replaces) {
    DITTOFS_RETURN_IF_ERROR(CheckPermission(caller, scene.to_directory, base::kMayWrite | base::kMayExecute));
  } else {
    DITTOFS_RETURN_IF_ERROR(metadata::CheckEntryRemoval(caller, scene.to_directory, scene.replaced));
    const bool onto_directory = scene.replaced.type == FileType::kDirectory;
    if (scene.moves_directory() && !onto_directory) return ErrorCode::kNotDirectory;
    if (!scene.moves_directory() && onto_directory) return ErrorCode::kIsDirectory;
  }
  if (scene.moves_directory() && scene.changes_parent()) {
    // Its ".." is about to change.
    DITTOFS_RETURN_IF_ERROR(CheckPermission(caller, scene.moved, base::kMayWrite));
    if (!scene.replaces && scene.to_directory.link_count >= metadata::kMaxDirectoryLinks) {
      return ErrorCode::kTooManyLinks;
    }
  }
  if (scene.replaces && scene.replaced.entry_count != 0) return ErrorCode::kNotEmpty;
  return {};
}

// What the two directories gain and lose. In one directory everything is one delta.
struct Deltas {
  DirectoryDelta from;
  DirectoryDelta to;
};
Deltas CountDeltas(const Scene& scene, Timestamp now) {
  Deltas deltas{{-1, 0, now}, {scene.replaces ? 0 : 1, 0, now}};
  if (scene.moves_directory()) {
    deltas.from.links = -1;
    deltas.to.links = scene.replaces ? 0 : 1;
  }
  if (!scene.changes_parent()) {
    deltas.from.entries += deltas.to.entries;
    deltas.from.links += deltas.to.links;
  }
  return deltas;
}

}  // namespace

Status MetadataService::Impl::CheckNoCycle(const CallContext& context, FileNumber moved, FileNumber to_directory) {
  FileNumber at = to_directory;
  while (at != kRootFileNumber) {
    if (at == moved) return ErrorCode::kInvalidArgument;
    InodeRecord inode;
    DITTOFS_RETURN_IF_ERROR(LoadInode(context, at, inode));
    at = inode.parent;
  }
  return moved == kRootFileNumber ? ErrorCode::kInvalidArgument : ErrorCode::kOk;
}

Status MetadataService::Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckName(request.from_name));
  DITTOFS_RETURN_IF_ERROR(CheckName(request.to_name));
  Impl& impl = *impl_;
  const Impl::Name from(impl, request.from_directory, request.from_name);
  const Impl::Name to(impl, request.to_directory, request.to_name);
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{from.gate(), GateMode::kExclusive},
                GateHolder::Request{to.gate(), GateMode::kExclusive});
  Scene scene;
  const Status found_from = impl.FindEntry(context, from, scene.from_entry);
  if (!found_from.ok() && found_from.code() != ErrorCode::kNotFound) return found_from;
  const Status found_to = impl.FindEntry(context, to, scene.to_entry);
  if (!found_to.ok() && found_to.code() != ErrorCode::kNotFound) return found_to;
  scene.replaces = found_to.ok();

  if (found_from.ok() && scene.from_entry.type == FileType::kDirectory &&
      request.from_directory != request.to_directory) {
    gates.Acquire(GateHolder::Request{metadata::kMoveGate, GateMode::kExclusive});
  }
  // An absent file stands in as its directory, whose gate is taken anyhow.
  const GateHolder::Request from_gate{metadata::FileGate(request.from_directory), GateMode::kShared};
  const GateHolder::Request to_gate{metadata::FileGate(request.to_directory), GateMode::kShared};
  gates.Acquire(
      from_gate, to_gate,
      found_from.ok() ? GateHolder::Request{metadata::FileGate(scene.from_entry.child), GateMode::kExclusive}
                      : from_gate,
      found_to.ok() ? GateHolder::Request{metadata::FileGate(scene.to_entry.child), GateMode::kExclusive} : to_gate);

  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, request.from_directory, scene.from_directory));
  metadata::ToAttributes(scene.from_directory, reply.from_directory.after);
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, request.to_directory, scene.to_directory));
  metadata::ToAttributes(scene.to_directory, reply.to_directory.after);
  DITTOFS_RETURN_IF_ERROR(metadata::CheckSearch(context.caller, scene.from_directory));
  DITTOFS_RETURN_IF_ERROR(metadata::CheckSearch(context.caller, scene.to_directory));
  if (!found_from.ok()) return found_from;
  if (request.expected && request.expected != scene.from_entry.child) return ErrorCode::kNotFound;
  if (scene.replaces && !request.may_replace) return ErrorCode::kExists;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, scene.from_entry.child, scene.moved, scene.moved_durable_size_bytes));
  if (scene.moves_directory()) {
    DITTOFS_RETURN_IF_ERROR(impl.CheckNoCycle(context, scene.moved.number, request.to_directory));
  }
  if (scene.replaces) {
    if (scene.to_entry.child == scene.from_entry.child) {
      // Two names of one file: POSIX rename() does nothing and succeeds.
      metadata::ToPair(scene.from_directory, scene.from_directory, reply.from_directory);
      metadata::ToPair(scene.to_directory, scene.to_directory, reply.to_directory);
      metadata::ToAttributes(scene.moved, reply.file);
      return {};
    }
    DITTOFS_RETURN_IF_ERROR(
        impl.LoadFile(context, scene.to_entry.child, scene.replaced, scene.replaced_durable_size_bytes));
  }
  DITTOFS_RETURN_IF_ERROR(CheckRename(context.caller, scene));

  uint64_t cookie = 0;
  DITTOFS_RETURN_IF_ERROR(impl.numbers.Take(context, cookie));
  const Timestamp now = impl.Now();
  InodeRecord after = scene.moved;
  after.ctime = now;
  after.change = metadata::NextChange(scene.moved, now);
  if (scene.moves_directory()) after.parent = request.to_directory;
  InodeRecord row = after;
  row.size_bytes = scene.moved_durable_size_bytes;
  const EntryRecord entry{after.number, after.type, Cookie{cookie}};
  const Deltas deltas = CountDeltas(scene, now);
  std::optional<metadata::DroppedLink> dropped;
  if (scene.replaces) dropped = metadata::DropLink(scene.replaced, scene.replaced_durable_size_bytes, now);
  DirectoryChange from_change;
  DirectoryChange to_change;
  const Status status = impl.Commit(context, [&](MetadataTransaction& transaction) -> Status {
    if (scene.moves_directory()) {
      InodeRecord current;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(after.number, current));
    }
    metadata::EraseEntry(transaction, from.directory, from.text, scene.from_entry);
    if (dropped) {
      metadata::EraseEntry(transaction, to.directory, to.text, scene.to_entry);
      metadata::WriteDroppedLink(transaction, *dropped);
    }
    metadata::WriteEntry(transaction, to.directory, to.text, entry);
    transaction.PutInode(row);
    transaction.ChangeDirectory(from.directory, deltas.from, &from_change);
    if (scene.changes_parent()) transaction.ChangeDirectory(to.directory, deltas.to, &to_change);
    return {};
  });
  if (!status.ok()) {
    impl.ForgetName(from);
    impl.ForgetName(to);
    impl.inodes.Forget(after.number);
    if (dropped) impl.inodes.Forget(dropped->after.number);
    return status;
  }
  // The new name first: at no time does neither name mean the file.
  impl.inodes.Store(row, after.size_bytes);
  impl.entries.Store(to.hash, to.directory, to.text, &entry);
  impl.entries.Store(from.hash, from.directory, from.text, nullptr);
  if (dropped) impl.FinishDroppedLink(*dropped);
  impl.StoreDirectoryChange(from_change, reply.from_directory);
  if (scene.changes_parent()) {
    impl.StoreDirectoryChange(to_change, reply.to_directory);
  } else {
    reply.to_directory = reply.from_directory;
  }
  metadata::ToAttributes(after, reply.file);
  if (dropped) metadata::ToAttributes(dropped->after, reply.replaced);
  return {};
}

}  // namespace dittofs
