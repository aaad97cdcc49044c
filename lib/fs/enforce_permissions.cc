#include <optional>

#include "base/posix_access.h"
#include "fs/forwarding.h"

namespace dittofs {
namespace {

bool OwnsOrIsRoot(const Identity& caller, const Attributes& attributes) noexcept {
  return caller.is_root() || caller.uid == attributes.uid;
}

uint32_t PermissionsOf(const Identity& caller, const Attributes& attributes) noexcept {
  return base::PosixPermissions(caller, attributes.mode, attributes.uid, attributes.gid,
                                attributes.type == FileType::kDirectory);
}

Status Require(const Identity& caller, const Attributes& attributes, uint32_t needed) noexcept {
  return (PermissionsOf(caller, attributes) & needed) == needed ? ErrorCode::kOk : ErrorCode::kAccessDenied;
}

/// The owner always may: clients check when a file is opened and not again when its mode changes (RFC 1813 §4.4).
Status RequireContentRead(const Identity& caller, const Attributes& attributes) noexcept {
  if (OwnsOrIsRoot(caller, attributes)) return {};
  return (PermissionsOf(caller, attributes) & (base::kMayRead | base::kMayExecute)) != 0 ? ErrorCode::kOk
                                                                                         : ErrorCode::kAccessDenied;
}
Status RequireContentWrite(const Identity& caller, const Attributes& attributes) noexcept {
  if (OwnsOrIsRoot(caller, attributes)) return {};
  return Require(caller, attributes, base::kMayWrite);
}

/// In a sticky directory an entry may be taken away by its file's owner, the directory's owner and root only.
Status RequireStickyOwner(const Identity& caller, const Attributes& directory, const Attributes& victim) noexcept {
  if ((directory.mode & kModeSticky) == 0) return {};
  return OwnsOrIsRoot(caller, directory) || OwnsOrIsRoot(caller, victim) ? ErrorCode::kOk
                                                                         : ErrorCode::kPermissionDenied;
}

/// Only root gives files away, and only to groups of one's own may one give them.
void LimitInitialOwner(const Identity& caller, AttributeChanges& initial) noexcept {
  if (caller.is_root()) return;
  if (initial.uid && *initial.uid != caller.uid) initial.uid = caller.uid;
  if (initial.gid && !caller.in_group(*initial.gid)) initial.gid = caller.gid;
}

class PermissionCheckingFileSystem final : public fs::ForwardingFileSystem {
 public:
  explicit PermissionCheckingFileSystem(std::unique_ptr<FileSystem> inner) : ForwardingFileSystem(std::move(inner)) {
    own_traits().checks_permissions = true;
  }

  Status Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask wanted,
                LookupReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckDirectory(context, directory, base::kMayExecute, reply.directory));
    return inner().Lookup(context, directory, name, wanted, reply);
  }
  Status ReadDirectory(const CallContext& context, FileNumber directory, const ReadDirectoryRequest& request,
                       DirectorySink& sink, ReadDirectoryReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckDirectory(context, directory, base::kMayRead, reply.directory));
    return inner().ReadDirectory(context, directory, request, sink, reply);
  }
  Status Read(const CallContext& context, FileNumber file, uint64_t offset, uint32_t length,
              ReadReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(Load(context, file, reply.file));
    DITTOFS_RETURN_IF_ERROR(RequireContentRead(context.caller, reply.file));
    return inner().Read(context, file, offset, length, reply);
  }
  Status CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted, CheckAccessReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(inner().CheckAccess(context, file, wanted, reply));
    if (!Wants(reply.file.valid, AttributeMask::kMode)) DITTOFS_RETURN_IF_ERROR(Load(context, file, reply.file));
    reply.granted = reply.granted & PosixAccess(context.caller, reply.file, wanted);
    return {};
  }

  Status SetAttributes(const CallContext& context, FileNumber file, const AttributeChanges& changes,
                       SetAttributesReply& reply) override {
    Attributes& now = reply.file.after;
    DITTOFS_RETURN_IF_ERROR(Load(context, file, now));
    const Identity& caller = context.caller;
    const bool owns = OwnsOrIsRoot(caller, now);
    using TimeSource = AttributeChanges::TimeSource;
    const bool client_times =
        changes.atime_source == TimeSource::kClient || changes.mtime_source == TimeSource::kClient;
    const bool server_times =
        changes.atime_source == TimeSource::kServer || changes.mtime_source == TimeSource::kServer;
    if (!owns && (changes.mode || changes.btime || client_times)) return ErrorCode::kPermissionDenied;
    if (!owns && server_times) DITTOFS_RETURN_IF_ERROR(Require(caller, now, base::kMayWrite));
    if (!caller.is_root()) {
      if (changes.uid && (!owns || *changes.uid != now.uid)) return ErrorCode::kPermissionDenied;
      if (changes.gid && (!owns || (*changes.gid != now.gid && !caller.in_group(*changes.gid)))) {
        return ErrorCode::kPermissionDenied;
      }
    }
    if (changes.size_bytes) DITTOFS_RETURN_IF_ERROR(RequireContentWrite(caller, now));
    AttributeChanges allowed = changes;
    DropPrivilegeBits(caller, now, allowed);
    return inner().SetAttributes(context, file, allowed, reply);
  }

  Status Create(const CallContext& context, const CreateRequest& request, CreateReply& reply) override {
    Attributes directory;
    DITTOFS_RETURN_IF_ERROR(CheckDirectory(context, request.directory, base::kMayExecute, directory));
    reply.directory.after = directory;
    LookupReply found;
    const Status exists = inner().Lookup(context, request.directory, request.name, AttributeMask::kAll, found);
    if (!exists.ok() && exists != ErrorCode::kNotFound) return exists;
    const bool overwrites =
        request.disposition == CreateDisposition::kOverwrite || request.disposition == CreateDisposition::kOverwriteIf;
    if (!exists.ok() || request.disposition == CreateDisposition::kSupersedeIf) {
      DITTOFS_RETURN_IF_ERROR(Require(context.caller, directory, base::kMayWrite));
    }
    if (exists.ok() && overwrites) DITTOFS_RETURN_IF_ERROR(RequireContentWrite(context.caller, found.file));
    if (exists.ok() && request.disposition == CreateDisposition::kSupersedeIf) {
      DITTOFS_RETURN_IF_ERROR(RequireStickyOwner(context.caller, directory, found.file));
    }
    CreateRequest allowed = request;
    LimitInitialOwner(context.caller, allowed.initial);
    return inner().Create(context, allowed, reply);
  }
  Status MakeDirectory(const CallContext& context, FileNumber directory, std::string_view name,
                       const AttributeChanges& initial, MakeReply& reply) override {
    AttributeChanges allowed = initial;
    DITTOFS_RETURN_IF_ERROR(CheckMake(context, directory, allowed, reply.directory));
    return inner().MakeDirectory(context, directory, name, allowed, reply);
  }
  Status MakeSymlink(const CallContext& context, FileNumber directory, std::string_view name, std::string_view target,
                     const AttributeChanges& initial, MakeReply& reply) override {
    AttributeChanges allowed = initial;
    DITTOFS_RETURN_IF_ERROR(CheckMake(context, directory, allowed, reply.directory));
    return inner().MakeSymlink(context, directory, name, target, allowed, reply);
  }
  Status MakeNode(const CallContext& context, FileNumber directory, std::string_view name, FileType type,
                  DeviceNumber device, const AttributeChanges& initial, MakeReply& reply) override {
    AttributeChanges allowed = initial;
    DITTOFS_RETURN_IF_ERROR(CheckMake(context, directory, allowed, reply.directory));
    const bool is_device = type == FileType::kBlockDevice || type == FileType::kCharacterDevice;
    if (is_device && !context.caller.is_root()) return ErrorCode::kPermissionDenied;
    return inner().MakeNode(context, directory, name, type, device, allowed, reply);
  }
  Status Link(const CallContext& context, FileNumber file, FileNumber directory, std::string_view name,
              LinkReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(
        CheckDirectory(context, directory, base::kMayWrite | base::kMayExecute, reply.directory.after));
    return inner().Link(context, file, directory, name, reply);
  }
  Status Remove(const CallContext& context, const RemoveRequest& request, RemoveReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckTake(context, request.directory, request.name, reply.directory.after, nullptr));
    return inner().Remove(context, request, reply);
  }
  Status Rename(const CallContext& context, const RenameRequest& request, RenameReply& reply) override {
    std::optional<Attributes> moved;
    DITTOFS_RETURN_IF_ERROR(
        CheckTake(context, request.from_directory, request.from_name, reply.from_directory.after, &moved));
    DITTOFS_RETURN_IF_ERROR(
        CheckTake(context, request.to_directory, request.to_name, reply.to_directory.after, nullptr));
    // A directory under another parent gets another "..".
    if (moved && moved->type == FileType::kDirectory && request.from_directory != request.to_directory) {
      DITTOFS_RETURN_IF_ERROR(Require(context.caller, *moved, base::kMayWrite));
    }
    return inner().Rename(context, request, reply);
  }

  Status Write(const CallContext& context, WriteRequest& request, WriteReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckWrite(context, request.file, reply.file.after));
    return inner().Write(context, request, reply);
  }
  Status Commit(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                CommitReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckWrite(context, file, reply.file.after));
    return inner().Commit(context, file, offset, length, reply);
  }
  Status Allocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                  SetAttributesReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckWrite(context, file, reply.file.after));
    return inner().Allocate(context, file, offset, length, reply);
  }
  Status Deallocate(const CallContext& context, FileNumber file, uint64_t offset, uint64_t length,
                    SetAttributesReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckWrite(context, file, reply.file.after));
    return inner().Deallocate(context, file, offset, length, reply);
  }
  Status Seek(const CallContext& context, FileNumber file, uint64_t offset, SeekTarget target,
              SeekReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckRead(context, file));
    return inner().Seek(context, file, offset, target, reply);
  }
  Status Clone(const CallContext& context, FileNumber from, uint64_t from_offset, FileNumber to, uint64_t to_offset,
               uint64_t length, SetAttributesReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(CheckRead(context, from));
    DITTOFS_RETURN_IF_ERROR(CheckWrite(context, to, reply.file.after));
    return inner().Clone(context, from, from_offset, to, to_offset, length, reply);
  }

  Status GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string& value) override {
    Attributes ignored;
    DITTOFS_RETURN_IF_ERROR(Check(context, file, base::kMayRead, ignored));
    return inner().GetExtendedAttribute(context, file, name, value);
  }
  Status SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                              std::string_view value, bool must_create, bool must_replace,
                              SetAttributesReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(Check(context, file, base::kMayWrite, reply.file.after));
    return inner().SetExtendedAttribute(context, file, name, value, must_create, must_replace, reply);
  }
  Status RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                 SetAttributesReply& reply) override {
    DITTOFS_RETURN_IF_ERROR(Check(context, file, base::kMayWrite, reply.file.after));
    return inner().RemoveExtendedAttribute(context, file, name, reply);
  }

 private:
  Status Load(const CallContext& context, FileNumber file, Attributes& attributes) {
    return inner().GetAttributes(context, file, AttributeMask::kAll, attributes);
  }
  /// `attributes` is filled also where the answer is no.
  Status Check(const CallContext& context, FileNumber file, uint32_t needed, Attributes& attributes) {
    DITTOFS_RETURN_IF_ERROR(Load(context, file, attributes));
    return Require(context.caller, attributes, needed);
  }
  /// What is no directory says so, whatever its mode.
  Status CheckDirectory(const CallContext& context, FileNumber file, uint32_t needed, Attributes& attributes) {
    DITTOFS_RETURN_IF_ERROR(Load(context, file, attributes));
    if (attributes.type != FileType::kDirectory) return ErrorCode::kNotDirectory;
    return Require(context.caller, attributes, needed);
  }
  Status CheckRead(const CallContext& context, FileNumber file) {
    Attributes attributes;
    DITTOFS_RETURN_IF_ERROR(Load(context, file, attributes));
    return RequireContentRead(context.caller, attributes);
  }
  Status CheckWrite(const CallContext& context, FileNumber file, Attributes& attributes) {
    DITTOFS_RETURN_IF_ERROR(Load(context, file, attributes));
    return RequireContentWrite(context.caller, attributes);
  }
  Status CheckMake(const CallContext& context, FileNumber directory, AttributeChanges& initial, ChangePair& pair) {
    LimitInitialOwner(context.caller, initial);
    return CheckDirectory(context, directory, base::kMayWrite | base::kMayExecute, pair.after);
  }
  /// Whether the caller may take the entry away, if there is one; `victim`, if asked for, is what it means.
  Status CheckTake(const CallContext& context, FileNumber directory, std::string_view name, Attributes& attributes,
                   std::optional<Attributes>* victim) {
    DITTOFS_RETURN_IF_ERROR(CheckDirectory(context, directory, base::kMayWrite | base::kMayExecute, attributes));
    if (!victim && (attributes.mode & kModeSticky) == 0) return {};
    LookupReply found;
    const Status exists = inner().Lookup(context, directory, name, AttributeMask::kAll, found);
    if (exists == ErrorCode::kNotFound) return {};  // the operation itself says so
    DITTOFS_RETURN_IF_ERROR(exists);
    if (victim) *victim = found.file;
    return RequireStickyOwner(context.caller, attributes, found.file);
  }
  /// chown and chmod by others than root take setuid and setgid away where Linux does.
  static void DropPrivilegeBits(const Identity& caller, const Attributes& now, AttributeChanges& changes) noexcept {
    if (caller.is_root() || now.type == FileType::kDirectory) return;
    if (changes.mode) {
      if (!caller.in_group(changes.gid.value_or(now.gid))) *changes.mode &= ~kModeSetGid;
    } else if ((changes.uid || changes.gid || changes.size_bytes) && (now.mode & (kModeSetUid | kModeSetGid)) != 0) {
      uint32_t mode = now.mode & ~kModeSetUid;
      if ((mode & 0010) != 0) mode &= ~kModeSetGid;
      changes.mode = mode;
    }
  }
};

}  // namespace

std::unique_ptr<FileSystem> EnforcePosixPermissions(std::unique_ptr<FileSystem> inner) {
  return std::make_unique<PermissionCheckingFileSystem>(std::move(inner));
}

}  // namespace dittofs
