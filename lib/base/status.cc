#include "dittofs/status.h"

namespace dittofs {

std::string_view ErrorName(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kOk:
      return "ok";
    case ErrorCode::kPermissionDenied:
      return "operation not permitted";
    case ErrorCode::kAccessDenied:
      return "access denied";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kExists:
      return "exists";
    case ErrorCode::kNotDirectory:
      return "not a directory";
    case ErrorCode::kIsDirectory:
      return "is a directory";
    case ErrorCode::kNotEmpty:
      return "directory not empty";
    case ErrorCode::kWrongType:
      return "wrong type of file";
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNameTooLong:
      return "name too long";
    case ErrorCode::kFileTooLarge:
      return "file too large";
    case ErrorCode::kTooManyLinks:
      return "too many links";
    case ErrorCode::kCrossDevice:
      return "different shares";
    case ErrorCode::kReadOnly:
      return "read-only";
    case ErrorCode::kNoSpace:
      return "no space";
    case ErrorCode::kQuotaExceeded:
      return "quota exceeded";
    case ErrorCode::kStale:
      return "stale handle";
    case ErrorCode::kBadHandle:
      return "bad handle";
    case ErrorCode::kBadCookie:
      return "bad cookie";
    case ErrorCode::kTooSmall:
      return "too small";
    case ErrorCode::kNotSupported:
      return "not supported";
    case ErrorCode::kNotSynchronized:
      return "not synchronized";
    case ErrorCode::kNoAttribute:
      return "no such attribute";
    case ErrorCode::kTryLater:
      return "try again later";
    case ErrorCode::kLocked:
      return "locked";
    case ErrorCode::kTextBusy:
      return "busy";
    case ErrorCode::kIo:
      return "input/output error";
    case ErrorCode::kCorruption:
      return "corruption";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kTimedOut:
      return "timed out";
    case ErrorCode::kAlreadyInUse:
      return "already in use";
    case ErrorCode::kUnknownFormat:
      return "unknown format";
    case ErrorCode::kResourceExhausted:
      return "out of resources";
    case ErrorCode::kInternal:
      return "internal error";
  }
  return "unknown error";
}

}  // namespace dittofs
