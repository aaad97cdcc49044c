#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "dittofs/attributes.h"
#include "dittofs/ids.h"
#include "nfs3/types.h"

// House values to wire values and back. Pure.
namespace dittofs::nfs3 {

/// The attribute groups that a fattr3 holds.
inline constexpr AttributeMask kFattr3Mask = AttributeMask::kIdentity | AttributeMask::kMode | AttributeMask::kSize |
                                             AttributeMask::kTimes | AttributeMask::kDevice;

/// Seconds of an nfstime3 are 32 bits and unsigned (RFC 1813 §2.5): what lies before 1970 or after 2106 is clamped.
inline nfstime3 ToTime(Timestamp time) noexcept {
  if (time.seconds < 0) return {0, 0};
  constexpr auto kMaxSeconds = std::numeric_limits<uint32_t>::max();
  if (time.seconds > kMaxSeconds) return {kMaxSeconds, 999'999'999};
  return {static_cast<uint32_t>(time.seconds), time.nanoseconds};
}
inline Timestamp FromTime(nfstime3 time) noexcept {
  return {static_cast<int64_t>(time.seconds), time.nseconds};
}

inline ftype3 ToType(FileType type) noexcept {
  switch (type) {
    case FileType::kRegular:
      return ftype3::NF3REG;
    case FileType::kDirectory:
      return ftype3::NF3DIR;
    case FileType::kBlockDevice:
      return ftype3::NF3BLK;
    case FileType::kCharacterDevice:
      return ftype3::NF3CHR;
    case FileType::kSymlink:
      return ftype3::NF3LNK;
    case FileType::kSocket:
      return ftype3::NF3SOCK;
    case FileType::kFifo:
      return ftype3::NF3FIFO;
  }
  return ftype3::NF3REG;
}

inline void ToFattr3(ShareId share, const Attributes& from, fattr3& to) noexcept {
  to.type = ToType(from.type);
  to.mode = from.mode & kModeAllBits;
  to.nlink = from.link_count;
  to.uid = from.uid;
  to.gid = from.gid;
  to.size = from.size_bytes;
  to.used = from.used_bytes;
  to.rdev = {from.device.major, from.device.minor};
  to.fsid = share.value;
  to.fileid = from.number.value;
  to.atime = ToTime(from.atime);
  to.mtime = ToTime(from.mtime);
  to.ctime = ToTime(from.ctime);
}
inline void ToPostOpAttr(ShareId share, const Attributes& from, post_op_attr& to) noexcept {
  if (from.present()) ToFattr3(share, from, to.emplace());
}
inline void ToWccData(ShareId share, const ChangePair& from, wcc_data& to) noexcept {
  if (from.before) to.before = {from.before->size_bytes, ToTime(from.before->mtime), ToTime(from.before->ctime)};
  ToPostOpAttr(share, from.after, to.after);
}

/// False if a client's time has 10^9 nanoseconds or more.
inline bool FromSattr3(const sattr3& from, AttributeChanges& to) noexcept {
  using Source = AttributeChanges::TimeSource;
  const auto source = [](time_how how) {
    return how == time_how::DONT_CHANGE          ? Source::kKeep
           : how == time_how::SET_TO_SERVER_TIME ? Source::kServer
                                                 : Source::kClient;
  };
  // Some clients send the file type along with the mode.
  if (from.mode) to.mode = *from.mode & kModeAllBits;
  to.uid = from.uid;
  to.gid = from.gid;
  to.size_bytes = from.size;
  to.atime_source = source(from.atime.set_it);
  to.mtime_source = source(from.mtime.set_it);
  to.atime = FromTime(from.atime.atime);
  to.mtime = FromTime(from.mtime.mtime);
  constexpr uint32_t kNanosecondsPerSecond = 1'000'000'000;
  return to.atime.nanoseconds < kNanosecondsPerSecond && to.mtime.nanoseconds < kNanosecondsPerSecond;
}

}  // namespace dittofs::nfs3
