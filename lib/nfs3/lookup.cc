#include "nfs3/procedures.h"

namespace dittofs::nfs3 {
namespace {

/// "." is an alias that no file system has to know (RFC 1813 §3.2).
Status LookupSelf(Request& request, LookupReply& reply) {
  const Status status = request.files().GetAttributes(request.context(), request.file(), kFattr3Mask, reply.directory);
  if (!status.ok()) return status;
  if (reply.directory.type != FileType::kDirectory) return ErrorCode::kNotDirectory;
  reply.file = reply.directory;
  return {};
}

constexpr uint32_t kAllAccess =
    ACCESS3_READ | ACCESS3_LOOKUP | ACCESS3_MODIFY | ACCESS3_EXTEND | ACCESS3_DELETE | ACCESS3_EXECUTE;
constexpr uint32_t kChangingAccess = ACCESS3_MODIFY | ACCESS3_EXTEND | ACCESS3_DELETE;
static_assert(ACCESS3_READ == static_cast<uint32_t>(AccessMask::kRead) &&
              ACCESS3_LOOKUP == static_cast<uint32_t>(AccessMask::kLookup) &&
              ACCESS3_MODIFY == static_cast<uint32_t>(AccessMask::kModify) &&
              ACCESS3_EXTEND == static_cast<uint32_t>(AccessMask::kExtend) &&
              ACCESS3_DELETE == static_cast<uint32_t>(AccessMask::kDelete) &&
              ACCESS3_EXECUTE == static_cast<uint32_t>(AccessMask::kExecute));

}  // namespace

// RFC 1813 §3.3.3.
nfsstat3 LOOKUP::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  const std::string_view name = args.what.name.text;
  if (const nfsstat3 checked = request.CheckEntryName(name, NFS3_OK); checked != NFS3_OK) return checked;
  LookupReply reply;
  const Status status = name == "."
                            ? LookupSelf(request, reply)
                            : request.files().Lookup(request.context(), request.file(), name, kFattr3Mask, reply);
  if (!status.ok()) {
    request.Convert(reply.directory, fail.dir_attributes);
    return ToStatus(status.code());
  }
  ok.object = request.Handle(reply.file.number);
  request.Convert(reply.file, ok.obj_attributes);
  request.Convert(reply.directory, ok.dir_attributes);
  return NFS3_OK;
}

// RFC 1813 §3.3.4.
nfsstat3 ACCESS::Run(Request& request, const Args& args, Ok& ok, Fail& fail) {
  CheckAccessReply reply;
  const auto wanted = static_cast<AccessMask>(args.access & kAllAccess);
  const Status status = request.files().CheckAccess(request.context(), request.file(), wanted, reply);
  if (!status.ok()) {
    request.Convert(reply.file, fail.obj_attributes);
    return ToStatus(status.code());
  }
  ok.access = static_cast<uint32_t>(reply.granted & wanted);
  if (request.read_only()) ok.access &= ~kChangingAccess;
  request.Convert(reply.file, ok.obj_attributes);
  return NFS3_OK;
}

// RFC 1813 §3.3.5.
nfsstat3 READLINK::Run(Request& request, const Args&, Ok& ok, Fail& fail) {
  Attributes attributes;
  const Status status = request.files().ReadSymlink(request.context(), request.file(), request.text(), attributes);
  request.Convert(attributes, status.ok() ? ok.symlink_attributes : fail.symlink_attributes);
  ok.path.text = request.text();
  return ToStatus(status.code());
}

}  // namespace dittofs::nfs3
