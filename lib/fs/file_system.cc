#include "dittofs/file_system.h"

namespace dittofs {
namespace {

/// What an operation that changes something answers where a file system does not have it.
Status Missing(const FileSystem& file_system) noexcept {
  return file_system.traits().read_only ? ErrorCode::kReadOnly : ErrorCode::kNotSupported;
}

}  // namespace

Status FileSystem::CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted,
                               CheckAccessReply& reply) {
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
  return Missing(*this);
}
Status FileSystem::Create(const CallContext&, const CreateRequest&, CreateReply&) {
  return Missing(*this);
}
Status FileSystem::MakeDirectory(const CallContext&, FileNumber, std::string_view, const AttributeChanges&,
                                 MakeReply&) {
  return Missing(*this);
}
Status FileSystem::MakeSymlink(const CallContext&, FileNumber, std::string_view, std::string_view,
                               const AttributeChanges&, MakeReply&) {
  return Missing(*this);
}
Status FileSystem::MakeNode(const CallContext&, FileNumber, std::string_view, FileType, DeviceNumber,
                            const AttributeChanges&, MakeReply&) {
  return Missing(*this);
}
Status FileSystem::Link(const CallContext&, FileNumber, FileNumber, std::string_view, LinkReply&) {
  return Missing(*this);
}
Status FileSystem::Remove(const CallContext&, const RemoveRequest&, RemoveReply&) {
  return Missing(*this);
}
Status FileSystem::Rename(const CallContext&, const RenameRequest&, RenameReply&) {
  return Missing(*this);
}
Status FileSystem::Write(const CallContext&, WriteRequest&, WriteReply&) {
  return Missing(*this);
}
Status FileSystem::Commit(const CallContext&, FileNumber, uint64_t, uint64_t, CommitReply&) {
  return Missing(*this);
}
Status FileSystem::Allocate(const CallContext&, FileNumber, uint64_t, uint64_t, SetAttributesReply&) {
  return Missing(*this);
}
Status FileSystem::Deallocate(const CallContext&, FileNumber, uint64_t, uint64_t, SetAttributesReply&) {
  return Missing(*this);
}
Status FileSystem::Seek(const CallContext&, FileNumber, uint64_t, SeekTarget, SeekReply&) {
  return ErrorCode::kNotSupported;
}
Status FileSystem::Clone(const CallContext&, FileNumber, uint64_t, FileNumber, uint64_t, uint64_t,
                         SetAttributesReply&) {
  return Missing(*this);
}
Status FileSystem::GetExtendedAttribute(const CallContext&, FileNumber, std::string_view, std::string&) {
  return ErrorCode::kNotSupported;
}
Status FileSystem::SetExtendedAttribute(const CallContext&, FileNumber, std::string_view, std::string_view, bool, bool,
                                        SetAttributesReply&) {
  return Missing(*this);
}
Status FileSystem::ListExtendedAttributes(const CallContext&, FileNumber, std::string&) {
  return ErrorCode::kNotSupported;
}
Status FileSystem::RemoveExtendedAttribute(const CallContext&, FileNumber, std::string_view, SetAttributesReply&) {
  return Missing(*this);
}
Status FileSystem::GetStatistics(const CallContext&, FileSystemStatistics&) {
  return ErrorCode::kNotSupported;
}

}  // namespace dittofs
