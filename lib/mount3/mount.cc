#include <array>
#include <string>
#include <string_view>

#include "dittofs/file_system.h"
#include "mount3/procedures.h"

namespace dittofs::mount3 {
namespace {

constexpr uint32_t kAuthSys = static_cast<uint32_t>(onc_rpc::AuthFlavor::kSys);
constexpr uint32_t kAuthNone = static_cast<uint32_t>(onc_rpc::AuthFlavor::kNone);

mountstat3 ToStatus(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kOk:
      return mountstat3::MNT3_OK;
    case ErrorCode::kNotFound:
    case ErrorCode::kStale:
      return mountstat3::MNT3ERR_NOENT;
    case ErrorCode::kNotDirectory:
      return mountstat3::MNT3ERR_NOTDIR;
    case ErrorCode::kAccessDenied:
      return mountstat3::MNT3ERR_ACCES;
    case ErrorCode::kPermissionDenied:
      return mountstat3::MNT3ERR_PERM;
    case ErrorCode::kNameTooLong:
      return mountstat3::MNT3ERR_NAMETOOLONG;
    case ErrorCode::kInvalidArgument:
      return mountstat3::MNT3ERR_INVAL;
    case ErrorCode::kNotSupported:
      return mountstat3::MNT3ERR_NOTSUPP;
    case ErrorCode::kInternal:
      return mountstat3::MNT3ERR_SERVERFAULT;
    default:
      return mountstat3::MNT3ERR_IO;
  }
}

/// `path` with one '/' between components and none at the end.
std::string Normalize(std::string_view path) {
  std::string normal;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (end > start) normal.append("/").append(path.substr(start, end - start));
    start = end + 1;
  }
  return normal;
}

/// Walks `rest` down from the root of the share. Nobody's permissions count: whoever may mount the share may mount what
/// is below, and every later call is checked. Symbolic links are not followed, ".." ends at the share's root.
Status Walk(FileSystem& files, const CallContext& context, std::string_view rest, FileNumber* file) {
  *file = files.root();
  while (!rest.empty()) {
    const std::string_view component = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(component.size() + 1, rest.size()));
    if (component == ".") continue;
    if (component != "..") DITTOFS_RETURN_IF_ERROR(CheckName(component, files.traits().max_name_bytes));
    LookupReply found;
    DITTOFS_RETURN_IF_ERROR(files.Lookup(context, *file, component, AttributeMask::kIdentity, found));
    if (found.file.type != FileType::kDirectory) return ErrorCode::kNotDirectory;
    *file = found.file.number;
  }
  return {};
}

mountstat3 Mount(const Request& request, std::string_view path, FileHandle* handle, bool* allow_auth_none) {
  std::string_view rest;
  Share* const share = request.runtime.FindShareByPath(path, &rest);
  if (share == nullptr) return mountstat3::MNT3ERR_NOENT;
  const ClientDecision decision = share->Decide(request.call.client);
  if (!decision.allowed) return mountstat3::MNT3ERR_ACCES;
  *allow_auth_none = decision.allow_auth_none;
  FileSystem& files = share->file_system();
  const CallContext context{kSuperuser, request.call.blocking};
  if (files.traits().may_block) context.WillBlock();
  FileNumber directory;
  if (const Status status = Walk(files, context, rest, &directory); !status.ok()) return ToStatus(status.code());
  *handle = request.runtime.MakeHandle(share->id(), directory);
  return mountstat3::MNT3_OK;
}

}  // namespace

// RFC 1813 §5.2.1.
void MOUNTPROC3_MNT::Run(const Request& request, const Args& args, xdr::Writer& reply) {
  const std::string path = Normalize(args.path.text);
  FileHandle handle;
  bool allow_auth_none = false;
  mountres3 result;
  result.status = Mount(request, path, &handle, &allow_auth_none);
  constexpr std::array<uint32_t, 2> kFlavors = {kAuthSys, kAuthNone};
  if (result.status == mountstat3::MNT3_OK) {
    request.mounts.Add(FormatAddress(request.call.client), path);
    result.resok.fhandle.bytes = std::as_bytes(handle.bytes());
    result.resok.auth_flavors = std::span<const uint32_t>(kFlavors).first(allow_auth_none ? 2 : 1);
  }
  xdr::Encode(reply, result);
}

// RFC 1813 §5.2.3.
void MOUNTPROC3_UMNT::Run(const Request& request, const Args& args, xdr::Writer&) {
  request.mounts.Remove(FormatAddress(request.call.client), Normalize(args.path.text));
}

// RFC 1813 §5.2.4.
void MOUNTPROC3_UMNTALL::Run(const Request& request, const Args&, xdr::Writer&) {
  request.mounts.RemoveHost(FormatAddress(request.call.client));
}

}  // namespace dittofs::mount3
