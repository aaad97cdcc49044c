#include "metadata/names.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::CheckPermission;
using metadata::GateHolder;
using metadata::GateMode;

namespace {

// What is made, besides its name.
struct NewFile {
  FileType type = FileType::kRegular;
  const AttributeChanges* initial = nullptr;
  uint32_t default_mode = 0;
  DeviceNumber device;
  std::string_view target;
  const Verifier* verifier = nullptr;
};

InodeRecord MakeInode(const Identity& caller, const InodeRecord& directory, const NewFile& what, FileNumber number,
                      Timestamp now) {
  using Source = AttributeChanges::TimeSource;
  InodeRecord inode;
  inode.number = number;
  inode.type = what.type;
  metadata::InitializeOwnership(caller, directory, *what.initial, what.default_mode, inode);
  inode.link_count = what.type == FileType::kDirectory ? 2 : 1;
  inode.device = what.device;
  inode.atime = what.initial->atime_source == Source::kClient ? what.initial->atime : now;
  inode.mtime = what.initial->mtime_source == Source::kClient ? what.initial->mtime : now;
  inode.ctime = now;
  inode.btime = what.initial->btime.value_or(now);
  inode.change = metadata::NextChange(inode, now);
  switch (what.type) {
    case FileType::kDirectory:
      inode.size_bytes = metadata::kDirectoryBytes;
      inode.parent = directory.number;
      break;
    case FileType::kSymlink:
      inode.size_bytes = what.target.size();
      break;
    case FileType::kRegular:
      inode.size_bytes = what.initial->size_bytes.value_or(0);
      break;
    default:
      break;
  }
  if (what.verifier) {
    inode.has_create_verifier = true;
    inode.create_verifier = *what.verifier;
  }
  return inode;
}

}  // namespace

// A file on its way into a directory, with the name's gate held exclusively and the directory's shared.
struct MetadataService::Impl::Maker {
  Impl& impl;
  const CallContext& context;
  const Name& name;
  const InodeRecord& directory;

  // `replaced`, if not null, is the file that the name means now; its gate is held exclusively.
  Status Make(const NewFile& what, const EntryRecord* old_entry, const metadata::DroppedLink* replaced,
              Attributes& file, ChangePair& directory_pair) {
    DITTOFS_RETURN_IF_ERROR(CheckPermission(context.caller, directory, base::kMayWrite | base::kMayExecute));
    const bool is_directory = what.type == FileType::kDirectory;
    if (is_directory && directory.link_count >= metadata::kMaxDirectoryLinks) return ErrorCode::kTooManyLinks;
    if (what.initial->size_bytes.value_or(0) > metadata::kMaxFileBytes) return ErrorCode::kFileTooLarge;
    DITTOFS_RETURN_IF_ERROR(impl.CheckQuota({0, replaced ? 0 : 1}));
    uint64_t number = 0;
    DITTOFS_RETURN_IF_ERROR(impl.numbers.Take(context, number));
    const Timestamp now = impl.Now();
    const InodeRecord inode = MakeInode(context.caller, directory, what, FileNumber{number}, now);
    const EntryRecord entry{inode.number, inode.type, Cookie{number}};
    DirectoryChange change;
    const Status status = impl.Commit(context, [&](MetadataTransaction& transaction) -> Status {
      if (replaced) {
        metadata::EraseEntry(transaction, directory.number, name.text, *old_entry);
        metadata::WriteDroppedLink(transaction, *replaced);
      }
      transaction.PutInode(inode);
      if (what.type == FileType::kSymlink) transaction.PutSymlink(inode.number, what.target);
      metadata::WriteEntry(transaction, directory.number, name.text, entry);
      transaction.AddUsage({0, 1});
      transaction.ChangeDirectory(directory.number, {replaced ? 0 : 1, is_directory ? 1 : 0, now}, &change);
      return {};
    });
    if (!status.ok()) {
      impl.ForgetName(name);
      if (replaced) impl.inodes.Forget(replaced->after.number);
      return status;
    }
    impl.inodes.Store(inode, inode.size_bytes);
    impl.entries.Store(name.hash, name.directory, name.text, &entry);
    impl.AddUsage({0, 1});
    if (replaced) impl.FinishDroppedLink(*replaced);
    impl.StoreDirectoryChange(change, directory_pair);
    metadata::ToAttributes(inode, file);
    return {};
  }
};

void MetadataService::Impl::FinishDroppedLink(const metadata::DroppedLink& dropped) {
  const FileNumber file = dropped.after.number;
  if (!dropped.gone) {
    InodeRecord durable = dropped.after;
    durable.size_bytes = dropped.durable_size_bytes;
    inodes.Store(durable, dropped.after.size_bytes);
    return;
  }
  inodes.Erase(file);
  AddUsage({-static_cast<int64_t>(dropped.after.used_bytes), -1});
  if (dropped.after.type != FileType::kRegular) return;
  extents.Erase(file);
  if (observer) observer->DidRemove(file);
}

Status MetadataService::Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckName(request.name));
  Impl& impl = *impl_;
  const Impl::Name name(impl, request.directory, request.name);
  GateHolder gates(impl.gates, context);
  gates.Acquire(GateHolder::Request{name.gate(), GateMode::kExclusive});
  EntryRecord entry;
  const Status found = impl.FindEntry(context, name, entry);
  if (!found.ok() && found.code() != ErrorCode::kNotFound) return found;
  const GateHolder::Request directory_gate{metadata::FileGate(request.directory), GateMode::kShared};
  const bool exists = found.ok();
  const CreateDisposition disposition = request.disposition;
  const bool changes_existing = disposition == CreateDisposition::kOverwriteIf ||
                                disposition == CreateDisposition::kOverwrite ||
                                disposition == CreateDisposition::kSupersedeIf;
  if (exists && changes_existing) {
    gates.Acquire(directory_gate, GateHolder::Request{metadata::FileGate(entry.child), GateMode::kExclusive});
  } else {
    gates.Acquire(directory_gate);
  }

  InodeRecord directory;
  DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, request.directory, directory));
  metadata::ToAttributes(directory, reply.directory.after);
  DITTOFS_RETURN_IF_ERROR(metadata::CheckSearch(context.caller, directory));

  Impl::Maker maker{impl, context, name, directory};
  NewFile what{.type = FileType::kRegular, .initial = &request.initial, .default_mode = 0644};
  if (disposition == CreateDisposition::kExclusive) {
    what.verifier = &request.verifier;
    what.default_mode = 0;  // the client sets it next (RFC 1813 §3.3.8)
  }
  if (!exists) {
    if (disposition == CreateDisposition::kOverwrite) return ErrorCode::kNotFound;
    reply.outcome = CreateOutcome::kCreated;
    return maker.Make(what, nullptr, nullptr, reply.file, reply.directory);
  }

  if (disposition == CreateDisposition::kMustCreate) return ErrorCode::kExists;
  InodeRecord file;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(impl.LoadFile(context, entry.child, file, durable_size_bytes));
  if (disposition == CreateDisposition::kExclusive) {
    if (!file.has_create_verifier || file.create_verifier != request.verifier) return ErrorCode::kExists;
    metadata::ToAttributes(file, reply.file);
    reply.outcome = CreateOutcome::kCreated;
    return {};
  }
  if (file.type == FileType::kDirectory) return ErrorCode::kIsDirectory;
  if (disposition == CreateDisposition::kSupersedeIf) {
    DITTOFS_RETURN_IF_ERROR(metadata::CheckEntryRemoval(context.caller, directory, file));
    const metadata::DroppedLink replaced = metadata::DropLink(file, durable_size_bytes, impl.Now());
    reply.outcome = CreateOutcome::kSuperseded;
    return maker.Make(what, &entry, &replaced, reply.file, reply.directory);
  }
  // Truncation means nothing to devices, FIFOs and the like: they are opened.
  if (disposition == CreateDisposition::kOpenIf || file.type != FileType::kRegular) {
    metadata::ToAttributes(file, reply.file);
    reply.outcome = CreateOutcome::kOpened;
    return {};
  }
  AttributeChanges truncation;
  truncation.size_bytes = request.initial.size_bytes.value_or(0);
  ChangePair pair;
  const Status status = impl.ChangeAttributes(context, file, durable_size_bytes, truncation, pair);
  reply.file = pair.after;
  reply.outcome = CreateOutcome::kOverwritten;
  return status;
}

Status MetadataService::Impl::MakeEntry(const CallContext& context, FileNumber directory_number,
                                        std::string_view entry_name, const MakeRequest& request, MakeReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckName(entry_name));
  const Name name(*this, directory_number, entry_name);
  GateHolder holder(gates, context);
  holder.Acquire(GateHolder::Request{name.gate(), GateMode::kExclusive});
  holder.Acquire(GateHolder::Request{metadata::FileGate(directory_number), GateMode::kShared});
  InodeRecord directory;
  DITTOFS_RETURN_IF_ERROR(LoadInode(context, directory_number, directory));
  metadata::ToAttributes(directory, reply.directory.after);
  DITTOFS_RETURN_IF_ERROR(metadata::CheckSearch(context.caller, directory));
  EntryRecord entry;
  const Status found = FindEntry(context, name, entry);
  if (found.ok()) return ErrorCode::kExists;
  if (found.code() != ErrorCode::kNotFound) return found;
  const bool is_device = request.type == FileType::kBlockDevice || request.type == FileType::kCharacterDevice;
  if (is_device && !context.caller.is_root()) {
    DITTOFS_RETURN_IF_ERROR(CheckPermission(context.caller, directory, base::kMayWrite));
    return ErrorCode::kPermissionDenied;
  }
  const NewFile what{.type = request.type,
                     .initial = request.initial,
                     .default_mode = request.type == FileType::kDirectory ? 0755u : 0644u,
                     .device = request.device,
                     .target = request.target};
  return Maker{*this, context, name, directory}.Make(what, nullptr, nullptr, reply.file, reply.directory);
}

Status MetadataService::MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                                      const AttributeChanges& initial, MakeReply& reply) {
  return impl_->MakeEntry(context, directory, name, {.type = FileType::kDirectory, .initial = &initial}, reply);
}

Status MetadataService::MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name,
                                    std::string_view target, const AttributeChanges& initial, MakeReply& reply) {
  if (target.empty()) return ErrorCode::kNotFound;  // POSIX symlink(): ENOENT
  if (target.size() > metadata::kMaxTargetBytes) return ErrorCode::kNameTooLong;
  if (target.find('\0') != std::string_view::npos) return ErrorCode::kInvalidArgument;
  return impl_->MakeEntry(context, directory, name, {.type = FileType::kSymlink, .initial = &initial, .target = target},
                          reply);
}

Status MetadataService::MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                                 DeviceNumber device, const AttributeChanges& initial, MakeReply& reply) {
  switch (type) {
    case FileType::kBlockDevice:
    case FileType::kCharacterDevice:
      return impl_->MakeEntry(context, directory, name, {.type = type, .initial = &initial, .device = device}, reply);
    case FileType::kSocket:
    case FileType::kFifo:
      return impl_->MakeEntry(context, directory, name, {.type = type, .initial = &initial}, reply);
    default:
      return ErrorCode::kInvalidArgument;
  }
}

}  // namespace dittofs
