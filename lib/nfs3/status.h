#pragma once

#include <cstdint>
#include <initializer_list>

#include "dittofs/status.h"
#include "nfs3/types.h"

namespace dittofs::nfs3 {

/// The word of RFC 1813 §2.6 for a fact about files. Exhaustive; what a procedure may not say is fitted by FitStatus().
nfsstat3 ToStatus(ErrorCode code) noexcept;

/// The statuses that one procedure may answer.
class StatusSet {
 public:
  constexpr StatusSet(std::initializer_list<nfsstat3> statuses) noexcept {
    for (const nfsstat3 status : statuses) Word(Index(status)) |= Bit(Index(status));
  }
  constexpr bool Contains(nfsstat3 status) const noexcept {
    const uint32_t index = Index(status);
    return ((index < 64 ? low_ : high_) & Bit(index)) != 0;
  }
  friend constexpr StatusSet operator|(StatusSet a, StatusSet b) noexcept {
    a.low_ |= b.low_;
    a.high_ |= b.high_;
    return a;
  }

 private:
  /// UNIX numbers are below 80, those of NFS itself follow 10000: together they fit 128 bits.
  static constexpr uint32_t Index(nfsstat3 status) noexcept {
    const auto value = static_cast<uint32_t>(status);
    return value < 80 ? value : 80 + (value - 10000) % 48;
  }
  static constexpr uint64_t Bit(uint32_t index) noexcept { return uint64_t{1} << (index % 64); }
  constexpr uint64_t& Word(uint32_t index) noexcept { return index < 64 ? low_ : high_; }
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};

/// `status` if the procedure may answer it, else the nearest that it may. `allowed` holds NFS3ERR_ACCES and
/// NFS3ERR_SERVERFAULT.
nfsstat3 FitStatus(const StatusSet& allowed, nfsstat3 status) noexcept;

}  // namespace dittofs::nfs3
