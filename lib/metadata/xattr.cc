#include <vector>

#include "metadata/service.h"

namespace dittofs {

using metadata::GateHolder;
using metadata::GateMode;

namespace {

// The bounds of Linux (XATTR_NAME_MAX, XATTR_SIZE_MAX, XATTR_LIST_MAX), which RFC 8276 leaves to the server.
constexpr size_t kMaxAttributeNameBytes = 255;
constexpr size_t kMaxAttributeValueBytes = 65536;
constexpr size_t kMaxAttributeListBytes = 65536;

Status CheckAttributeName(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return ErrorCode::kInvalidArgument;
  return name.size() > kMaxAttributeNameBytes ? ErrorCode::kNameTooLong : ErrorCode::kOk;
}

// As Linux' user attributes: regular files and directories only; in a sticky directory for its owner only.
Status CheckAttributeWrite(const Identity& caller, const InodeRecord& inode) {
  if (inode.type != FileType::kRegular && inode.type != FileType::kDirectory) return ErrorCode::kPermissionDenied;
  if (inode.type == FileType::kDirectory && (inode.mode & kModeSticky) != 0 && !metadata::OwnsOrIsRoot(caller, inode)) {
    return ErrorCode::kPermissionDenied;
  }
  return metadata::CheckPermission(caller, inode, base::kMayWrite);
}

}  // namespace

Status MetadataService::GetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                             std::string& value) {
  DITTOFS_RETURN_IF_ERROR(CheckAttributeName(name));
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(impl_->LoadInode(context, file, inode));
  DITTOFS_RETURN_IF_ERROR(metadata::CheckPermission(context.caller, inode, base::kMayRead));
  const Status status =
      impl_->View(context, [&](MetadataReader& reader) { return reader.GetExtendedAttribute(file, name, value); });
  return status.code() == ErrorCode::kNotFound ? Status(ErrorCode::kNoAttribute) : status;
}

Status MetadataService::ListExtendedAttributes(const CallContext& context, FileNumber file, std::string& names) {
  InodeRecord inode;
  DITTOFS_RETURN_IF_ERROR(impl_->LoadInode(context, file, inode));
  std::vector<std::string> found;
  DITTOFS_RETURN_IF_ERROR(impl_->View(context, [&](MetadataReader& reader) {
    found.clear();
    return reader.ListExtendedAttributes(file, found);
  }));
  for (const std::string& name : found) names.append(name).push_back('\0');
  return {};
}

Status MetadataService::Impl::ChangeExtendedAttribute(const CallContext& context, FileNumber file,
                                                      FunctionRef<Status(MetadataTransaction&)> change,
                                                      ChangePair& pair) {
  GateHolder holder(gates, context);
  holder.Acquire(GateHolder::Request{metadata::FileGate(file), GateMode::kExclusive});
  InodeRecord seen;
  uint64_t durable_size_bytes = 0;
  DITTOFS_RETURN_IF_ERROR(LoadFile(context, file, seen, durable_size_bytes));
  metadata::ToAttributes(seen, pair.after);
  DITTOFS_RETURN_IF_ERROR(CheckAttributeWrite(context.caller, seen));
  InodeRecord after = seen;
  after.ctime = Now();
  after.change = metadata::NextChange(seen, after.ctime);
  InodeRecord row = after;
  row.size_bytes = durable_size_bytes;
  const Status status = Commit(context, [&](MetadataTransaction& transaction) -> Status {
    DITTOFS_RETURN_IF_ERROR(change(transaction));
    if (row.type == FileType::kDirectory) {
      InodeRecord current;
      DITTOFS_RETURN_IF_ERROR(transaction.GetInodeForUpdate(file, current));
    }
    transaction.PutInode(row);
    return {};
  });
  if (!status.ok()) {
    inodes.Forget(file);
    return status;
  }
  inodes.Store(row, after.size_bytes);
  metadata::ToPair(seen, after, pair);
  return {};
}

Status MetadataService::SetExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                             std::string_view value, bool must_create, bool must_replace,
                                             SetAttributesReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckAttributeName(name));
  if (value.size() > kMaxAttributeValueBytes) return ErrorCode::kFileTooLarge;
  return impl_->ChangeExtendedAttribute(
      context, file,
      [&](MetadataTransaction& transaction) -> Status {
        std::vector<std::string> names;
        DITTOFS_RETURN_IF_ERROR(transaction.ListExtendedAttributes(file, names));
        bool exists = false;
        size_t list_bytes = name.size() + 1;
        for (const std::string& other : names) {
          if (other == name) {
            exists = true;
          } else {
            list_bytes += other.size() + 1;
          }
        }
        if (exists && must_create) return ErrorCode::kExists;
        if (!exists && must_replace) return ErrorCode::kNoAttribute;
        if (list_bytes > kMaxAttributeListBytes) return ErrorCode::kNoSpace;
        transaction.PutExtendedAttribute(file, name, value);
        return {};
      },
      reply.file);
}

Status MetadataService::RemoveExtendedAttribute(const CallContext& context, FileNumber file, std::string_view name,
                                                SetAttributesReply& reply) {
  DITTOFS_RETURN_IF_ERROR(CheckAttributeName(name));
  return impl_->ChangeExtendedAttribute(
      context, file,
      [&](MetadataTransaction& transaction) -> Status {
        std::string value;
        const Status found = transaction.GetExtendedAttribute(file, name, value);
        if (found.code() == ErrorCode::kNotFound) return ErrorCode::kNoAttribute;
        if (!found.ok()) return found;
        transaction.DeleteExtendedAttribute(file, name);
        return {};
      },
      reply.file);
}

}  // namespace dittofs
