#include <string>

#include "base/fold.h"
#include "metadata/service.h"

namespace dittofs {

using metadata::CheckPermission;
using metadata::ToAttributes;

namespace {

struct SearchedDirectory {
  Status status;
  FileNumber parent;
};

// What a lookup needs of its directory; runs under a cache lock, so it copies nothing else.
void Search(const Identity& caller, const InodeRecord& directory, Attributes& attributes, SearchedDirectory& result) {
  ToAttributes(directory, attributes);
  result.parent = directory.parent;
  result.status = directory.type != FileType::kDirectory ? Status(ErrorCode::kNotDirectory)
                                                         : CheckPermission(caller, directory, base::kMayExecute);
}

}  // namespace

Status MetadataService::Lookup(const CallContext& context, FileNumber directory, std::string_view name, AttributeMask,
                               LookupReply& reply) {
  Impl& impl = *impl_;
  SearchedDirectory searched;
  if (!impl.inodes.Visit(directory,
                         [&](const InodeRecord& inode) { Search(context.caller, inode, reply.directory, searched); })) {
    InodeRecord inode;
    DITTOFS_RETURN_IF_ERROR(impl.LoadInode(context, directory, inode));
    Search(context.caller, inode, reply.directory, searched);
  }
  if (!searched.status.ok()) return searched.status;
  if (name == "..") return impl.LoadAttributes(context, searched.parent, reply.file);
  if (name == ".") {
    reply.file = reply.directory;
    return {};
  }
  if (name.empty()) return ErrorCode::kInvalidArgument;
  if (name.size() > kMaxNameBytes) return ErrorCode::kNameTooLong;
  const Impl::Name entry_name(impl, directory, name);
  EntryRecord entry;
  DITTOFS_RETURN_IF_ERROR(impl.FindEntry(context, entry_name, entry));
  Status status = impl.LoadAttributes(context, entry.child, reply.file);
  if (status.code() != ErrorCode::kStale) return status;
  // The name was taken away or replaced between the two reads, or the store is damaged. One snapshot tells.
  InodeRecord inode;
  status = impl.View(context, [&](MetadataReader& reader) -> Status {
    DITTOFS_RETURN_IF_ERROR(reader.GetEntry(directory, name, entry));
    const Status found = reader.GetInode(entry.child, inode);
    if (found.code() == ErrorCode::kNotFound) {
      return Status(ErrorCode::kCorruption, "an entry names a file that does not exist");
    }
    return found;
  });
  if (!status.ok()) return status;
  return impl.LoadAttributes(context, entry.child, reply.file);
}

Status MetadataService::LookupFolded(const CallContext& context, FileNumber directory, std::string_view name,
                                     AttributeMask wanted, std::string& stored_name, LookupReply& reply) {
  Impl& impl = *impl_;
  // An exact match wins, and is the one that the cache knows.
  Status status = Lookup(context, directory, name, wanted, reply);
  if (status.ok()) stored_name.assign(name);
  if (status.code() != ErrorCode::kNotFound) return status;
  std::string folded;
  base::AppendFoldedName(name, folded);
  EntryRecord entry;
  status = impl.View(context,
                     [&](MetadataReader& reader) { return reader.FindFolded(directory, folded, stored_name, entry); });
  if (!status.ok()) return status;
  status = impl.LoadAttributes(context, entry.child, reply.file);
  return status.code() == ErrorCode::kStale ? Status(ErrorCode::kNotFound) : status;
}

Status MetadataService::GetAttributes(const CallContext& context, FileNumber file, AttributeMask,
                                      Attributes& attributes) {
  return impl_->LoadAttributes(context, file, attributes);
}

Status MetadataService::CheckAccess(const CallContext& context, FileNumber file, AccessMask wanted,
                                    CheckAccessReply& reply) {
  reply.granted = AccessMask::kNone;
  DITTOFS_RETURN_IF_ERROR(impl_->LoadAttributes(context, file, reply.file));
  reply.granted = PosixAccess(context.caller, reply.file, wanted);
  return {};
}

Status MetadataService::ReadSymlink(const CallContext& context, FileNumber file, std::string& target,
                                    Attributes& attributes) {
  DITTOFS_RETURN_IF_ERROR(impl_->LoadAttributes(context, file, attributes));
  // No permission is needed beyond having found it.
  if (attributes.type != FileType::kSymlink) return ErrorCode::kWrongType;
  const Status status = impl_->View(context, [&](MetadataReader& reader) { return reader.GetSymlink(file, target); });
  return status.code() == ErrorCode::kNotFound ? Status(ErrorCode::kStale) : status;
}

}  // namespace dittofs
