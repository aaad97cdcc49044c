#include "nfs3/status.h"

namespace dittofs::nfs3 {

nfsstat3 ToStatus(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kOk:
      return nfsstat3::NFS3_OK;
    case ErrorCode::kPermissionDenied:
      return nfsstat3::NFS3ERR_PERM;
    case ErrorCode::kAccessDenied:
      return nfsstat3::NFS3ERR_ACCES;
    case ErrorCode::kNotFound:
      return nfsstat3::NFS3ERR_NOENT;
    case ErrorCode::kExists:
      return nfsstat3::NFS3ERR_EXIST;
    case ErrorCode::kNotDirectory:
      return nfsstat3::NFS3ERR_NOTDIR;
    case ErrorCode::kIsDirectory:
      return nfsstat3::NFS3ERR_ISDIR;
    case ErrorCode::kNotEmpty:
      return nfsstat3::NFS3ERR_NOTEMPTY;
    case ErrorCode::kWrongType:
    case ErrorCode::kInvalidArgument:
      return nfsstat3::NFS3ERR_INVAL;
    case ErrorCode::kNameTooLong:
      return nfsstat3::NFS3ERR_NAMETOOLONG;
    case ErrorCode::kFileTooLarge:
      return nfsstat3::NFS3ERR_FBIG;
    case ErrorCode::kTooManyLinks:
      return nfsstat3::NFS3ERR_MLINK;
    case ErrorCode::kCrossDevice:
      return nfsstat3::NFS3ERR_XDEV;
    case ErrorCode::kReadOnly:
      return nfsstat3::NFS3ERR_ROFS;
    case ErrorCode::kNoSpace:
      return nfsstat3::NFS3ERR_NOSPC;
    case ErrorCode::kQuotaExceeded:
      return nfsstat3::NFS3ERR_DQUOT;
    case ErrorCode::kStale:
      return nfsstat3::NFS3ERR_STALE;
    case ErrorCode::kBadHandle:
      return nfsstat3::NFS3ERR_BADHANDLE;
    case ErrorCode::kBadCookie:
      return nfsstat3::NFS3ERR_BAD_COOKIE;
    case ErrorCode::kTooSmall:
      return nfsstat3::NFS3ERR_TOOSMALL;
    case ErrorCode::kNotSupported:
      return nfsstat3::NFS3ERR_NOTSUPP;
    case ErrorCode::kNotSynchronized:
      return nfsstat3::NFS3ERR_NOT_SYNC;
    // The server could answer later: the client waits and asks again with a new transaction id (RFC 1813 §2.6).
    case ErrorCode::kTryLater:
    case ErrorCode::kLocked:
    case ErrorCode::kUnavailable:
    case ErrorCode::kConflict:
    case ErrorCode::kCancelled:
    case ErrorCode::kTimedOut:
    case ErrorCode::kResourceExhausted:
      return nfsstat3::NFS3ERR_JUKEBOX;
    case ErrorCode::kTextBusy:
      return nfsstat3::NFS3ERR_ACCES;
    case ErrorCode::kIo:
    case ErrorCode::kCorruption:
    case ErrorCode::kUnknownFormat:
      return nfsstat3::NFS3ERR_IO;
    case ErrorCode::kNoAttribute:
    case ErrorCode::kAlreadyInUse:
    case ErrorCode::kInternal:
      return nfsstat3::NFS3ERR_SERVERFAULT;
  }
  return nfsstat3::NFS3ERR_SERVERFAULT;
}

nfsstat3 FitStatus(const StatusSet& allowed, nfsstat3 status) noexcept {
  if (allowed.Contains(status)) return status;
  switch (status) {
    case nfsstat3::NFS3ERR_ISDIR:  // READ and WRITE say INVAL where the object is not a regular file.
    case nfsstat3::NFS3ERR_NOTDIR:
    case nfsstat3::NFS3ERR_FBIG:
      return allowed.Contains(nfsstat3::NFS3ERR_INVAL) ? nfsstat3::NFS3ERR_INVAL : nfsstat3::NFS3ERR_SERVERFAULT;
    case nfsstat3::NFS3ERR_PERM:
    case nfsstat3::NFS3ERR_INVAL:  // Names that can't be: RFC 1813 §3.2.
    case nfsstat3::NFS3ERR_ROFS:
      return nfsstat3::NFS3ERR_ACCES;
    default:
      return nfsstat3::NFS3ERR_SERVERFAULT;
  }
}

}  // namespace dittofs::nfs3
