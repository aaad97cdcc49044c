#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dittofs/export.h"

namespace dittofs {

/// What can go wrong, as facts about files and stores. Closed: every protocol maps each code to its own word, so a
/// new code is an API change. "Absent" (kNotFound) and "could not find out" (kIo, kUnavailable, kCorruption) are
/// never the same code.
enum class ErrorCode : uint8_t {
  kOk = 0,
  kPermissionDenied,   ///< Not the owner, or not privileged (EPERM).
  kAccessDenied,       ///< The permission bits, an access list or the share's client list forbid it (EACCES).
  kNotFound,           ///< The name, file, key or row is proven absent (ENOENT).
  kExists,             ///< The name exists already (EEXIST).
  kNotDirectory,       ///< A directory was needed (ENOTDIR).
  kIsDirectory,        ///< Anything but a directory was needed (EISDIR).
  kNotEmpty,           ///< The directory still has entries (ENOTEMPTY).
  kWrongType,          ///< The operation does not apply to this type of file (e.g. READLINK of a regular file).
  kInvalidArgument,    ///< An argument no file could accept (EINVAL).
  kNameTooLong,        ///< A name of more than 255 bytes or a path of more than 4,096 (ENAMETOOLONG).
  kFileTooLarge,       ///< Beyond the largest offset of this file system (EFBIG).
  kTooManyLinks,       ///< The link limit of the file or directory is reached (EMLINK).
  kCrossDevice,        ///< The two files live in different shares (EXDEV).
  kReadOnly,           ///< The share or file system is read-only (EROFS).
  kNoSpace,            ///< The store, cache or log is full (ENOSPC).
  kQuotaExceeded,      ///< The owner's quota is used up (EDQUOT).
  kStale,              ///< The handle was good once; its file is gone (ESTALE).
  kBadHandle,          ///< Not a handle of this server: wrong length, version or MAC.
  kBadCookie,          ///< Not a cookie this directory gave out.
  kTooSmall,           ///< The caller's limit does not hold even one result.
  kNotSupported,       ///< This file system or store does not offer the operation (ENOTSUP).
  kNotSynchronized,    ///< The guard of the request does not match (NFS3ERR_NOT_SYNC).
  kNoAttribute,        ///< No such extended attribute (ENODATA).
  kTryLater,           ///< Nothing is wrong, but it would take too long now; ask again (JUKEBOX, EAGAIN).
  kLocked,             ///< Another owner's lock, lease or share mode is in the way.
  kTextBusy,           ///< The file is being executed or otherwise may not change now (ETXTBSY).
  kIo,                 ///< A device or store failed (EIO).
  kCorruption,         ///< Stored bytes do not parse or do not match their checksum.
  kUnavailable,        ///< A store or peer can't be reached; nothing is known about the data.
  kConflict,           ///< A concurrent transaction won; run again.
  kCancelled,          ///< The caller or Stop() gave up.
  kTimedOut,           ///< A deadline passed.
  kAlreadyInUse,       ///< A port, data directory or name is held by another process or object.
  kUnknownFormat,      ///< Written by a newer or foreign version; refused rather than guessed at.
  kResourceExhausted,  ///< A bound of this process is reached (connections, memory, transactions).
  kInternal,           ///< An invariant of ours does not hold; please report.
};

/// The name of `code` as written in logs and documentation, e.g. "not found". Thread-safe; static storage.
DITTOFS_EXPORT std::string_view ErrorName(ErrorCode code) noexcept;

/// Success, or an ErrorCode with an optional sentence for people. 24 bytes; success and failures without a sentence
/// never allocate. Copying is cheap and thread-safe (the sentence is shared and immutable).
class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  Status(ErrorCode code) noexcept : code_(code) {}  // NOLINT: implicit on purpose
  Status(ErrorCode code, std::string message)
      : code_(code), message_(std::make_shared<const std::string>(std::move(message))) {}

  static Status Ok() noexcept { return {}; }

  bool ok() const noexcept { return code_ == ErrorCode::kOk; }
  ErrorCode code() const noexcept { return code_; }
  /// The sentence for people; empty if there is none. Valid as long as this object or a copy lives.
  std::string_view message() const noexcept { return message_ ? std::string_view(*message_) : std::string_view(); }
  /// "name: sentence", for logs.
  std::string ToString() const {
    std::string text(ErrorName(code_));
    if (message_ && !message_->empty()) text.append(": ").append(*message_);
    return text;
  }
  /// The same code with `context` and ": " before the sentence. Success stays success.
  Status WithContext(std::string_view context) const {
    if (ok()) return *this;
    std::string text(context);
    text.append(": ").append(message_ ? std::string_view(*message_) : ErrorName(code_));
    return Status(code_, std::move(text));
  }
  friend bool operator==(const Status& status, ErrorCode code) noexcept { return status.code_ == code; }

 private:
  ErrorCode code_ = ErrorCode::kOk;
  // Shared because a Status is copied freely and the sentence never changes.
  std::shared_ptr<const std::string> message_;
};

/// A T, or the Status that says why there is none. Never holds an ok() Status without a T.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Status status) noexcept : status_(status.ok() ? Status(ErrorCode::kInternal) : std::move(status)) {}  // NOLINT
  Result(ErrorCode code) noexcept : Result(Status(code)) {}                                                    // NOLINT
  Result(const Result&) = default;
  Result(Result&&) noexcept = default;
  Result& operator=(const Result&) = default;
  Result& operator=(Result&&) noexcept = default;
  ~Result() = default;

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  /// Ok if there is a value. Valid as long as this object.
  const Status& status() const noexcept { return status_; }
  ErrorCode code() const noexcept { return status_.code(); }

  /// The value. Undefined if !ok(); check first.
  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T&& operator*() && noexcept { return *std::move(value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }
  /// The value; throws std::bad_optional_access if there is none. For programs and tests, not used inside the library.
  T& value() & { return value_.value(); }
  const T& value() const& { return value_.value(); }
  T&& value() && { return std::move(value_).value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

/// Leaves the enclosing function with the Status of `expression` unless it is Ok.
#define DITTOFS_RETURN_IF_ERROR(expression)                                                              \
  do {                                                                                                   \
    if (::dittofs::Status dittofs_status_ = (expression); !dittofs_status_.ok()) return dittofs_status_; \
  } while (false)

}  // namespace dittofs
