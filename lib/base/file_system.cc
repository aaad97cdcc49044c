#include "dittofs/file_system.h"

namespace dittofs {
namespace {

// What an operation answers that would change something and is not implemented.
Status CannotChange(const FileSystem& file_system) noexcept {
  return file_system.traits().read_only ? ErrorCode::kReadOnly : ErrorCode::kNotSupported;
}

}  // namespace

Status FileSystem::CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted,
                               CheckAccessReply& reply) {
  reply.granted = AccessMask::kNone;
  DITTOFS_RETURN_IF_ERROR(GetAttributes(context, file, AttributeMask::kAll, reply.file));
  reply.granted = PosixAccess(context.caller, reply.file, wanted);
  if (traits().read_only) {
    reply.granted = reply.granted & (AccessMask::kRead | AccessMask::kLookup | AccessMask::kExecute);
  }
  return {};
}

Status FileSystem::ReadSymlink(const CallContext&, FileNumber, std::string&, Attributes&) {
  return ErrorCode::kNotSupported;
}

Status FileSystem::SetAttributes(const CallContext&, FileNumber, const AttributeChanges&, SetAttributesReply&) {
  return CannotChange(*this);
}

Status FileSystem::Create(const CallContext&, const CreateRequest&, CreateReply&) {
  return CannotChange(*this);
}

Status FileSystem::MakeDirectory(const CallContext&, FileNumber, std::string_view, const AttributeChanges&,
                                 MakeReply&) {
  return CannotChange(*this);
}

Status FileSystem::MakeSymlink(const CallContext&, FileNumber, std::string_view, std::string_view,
                               const AttributeChanges&, MakeReply&) {
  return CannotChange(*this);
}

Status FileSystem::MakeNode(const CallContext&, FileNumber, std::string_view, FileType, DeviceNumber,
                            const AttributeChanges&, MakeReply&) {
  return CannotChange(*this);
}

Status FileSystem::Link(const CallContext&, FileNumber, FileNumber, std::string_view, LinkReply&) {
  return CannotChange(*this);
}

Status FileSystem::Remove(const CallContext&, const RemoveRequest&, RemoveReply&) {
  return CannotChange(*this);
}

Status FileSystem::Rename(const CallContext&, const RenameRequest&, RenameReply&) {
  return CannotChange(*this);
}

Status FileSystem::Write(const CallContext&, WriteRequest&, WriteReply&) {
  return CannotChange(*this);
}

Status FileSystem::Commit(const CallContext&, FileNumber, uint64_t, uint64_t, CommitReply&) {
  return CannotChange(*this);
}

Status FileSystem::Allocate(const CallContext&, FileNumber, uint64_t, uint64_t, SetAttributesReply&) {
  return CannotChange(*this);
}

Status FileSystem::Deallocate(const CallContext&, FileNumber, uint64_t, uint64_t, SetAttributesReply&) {
  return CannotChange(*this);
}

Status FileSystem::Seek(const CallContext&, FileNumber, uint64_t, SeekTarget, SeekReply&) {
  return ErrorCode::kNotSupported;
}

Status FileSystem::Clone(const CallContext&, FileNumber, uint64_t, FileNumber, uint64_t, uint64_t,
                         SetAttributesReply&) {
  return CannotChange(*this);
}

Status FileSystem::GetExtendedAttribute(const CallContext&, FileNumber, std::string_view, std::string&) {
  return ErrorCode::kNotSupported;
}

Status FileSystem::SetExtendedAttribute(const CallContext&, FileNumber, std::string_view, std::string_view, bool, bool,
                                        SetAttributesReply&) {
  return CannotChange(*this);
}

Status FileSystem::ListExtendedAttributes(const CallContext&, FileNumber, std::string&) {
  return ErrorCode::kNotSupported;
}

Status FileSystem::RemoveExtendedAttribute(const CallContext&, FileNumber, std::string_view, SetAttributesReply&) {
  return CannotChange(*this);
}

Status FileSystem::GetStatistics(const CallContext& context, FileSystemStatistics& statistics) {
  statistics = {};
  return GetAttributes(context, root(), AttributeMask::kAll, statistics.root);
}

}  // namespace dittofs
