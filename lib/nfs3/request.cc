#include "nfs3/request.h"

#include <span>

namespace dittofs::nfs3 {
namespace {

std::span<const uint8_t> BytesOf(const nfs_fh3& handle) noexcept {
  return {reinterpret_cast<const uint8_t*>(handle.bytes.data()), handle.bytes.size()};
}

}  // namespace

nfsstat3 Request::Admit(const nfs_fh3& handle, Role role) noexcept {
  if (const Status status = runtime_.ResolveHandle(BytesOf(handle), &share_, &file_); !status.ok()) {
    return ToStatus(status.code());
  }
  decision_ = share_->Decide(call_.client);
  if (!decision_.allowed) return nfsstat3::NFS3ERR_ACCES;
  Identity caller = call_.credentials;
  if (call_.flavor == onc_rpc::AuthFlavor::kNone) {
    if (role == Role::kChange || (role == Role::kRead && !decision_.allow_auth_none)) return nfsstat3::NFS3ERR_ACCES;
    decision_.squash = Squash::kAll;
  } else if (caller.groups.size() > kMaxGroups) {
    caller.groups = caller.groups.first(kMaxGroups);
  }
  if (role == Role::kChange && decision_.read_only) return nfsstat3::NFS3ERR_ROFS;
  context_.caller = ApplySquash(decision_, caller, groups_);
  context_.blocking = call_.blocking;
  files_ = &share_->file_system();
  if (files_->traits().may_block) context_.WillBlock();
  return nfsstat3::NFS3_OK;
}

nfsstat3 Request::ResolveSecond(const nfs_fh3& handle, FileNumber* file) const noexcept {
  Share* share = nullptr;
  if (const Status status = runtime_.ResolveHandle(BytesOf(handle), &share, file); !status.ok()) {
    return ToStatus(status.code());
  }
  return share == share_ ? nfsstat3::NFS3_OK : nfsstat3::NFS3ERR_XDEV;
}

nfsstat3 Request::CheckEntryName(std::string_view name, nfsstat3 for_dots) const noexcept {
  const Status status = CheckName(name, files_->traits().max_name_bytes);
  switch (status.code()) {
    case ErrorCode::kOk:
      return nfsstat3::NFS3_OK;
    case ErrorCode::kExists:
      return for_dots;
    case ErrorCode::kNameTooLong:
      return nfsstat3::NFS3ERR_NAMETOOLONG;
    default:
      return nfsstat3::NFS3ERR_ACCES;
  }
}

}  // namespace dittofs::nfs3
