#pragma once

#include <cstdint>
#include <optional>

namespace dittofs::state {

/// Bytes `first`..`last` of a file, both included; `last` UINT64_MAX reaches to the end of any file. Empty ranges exist
/// in the Windows flavour only: `empty` with `first` as their place.
struct ByteRange {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;
  bool empty = false;

  /// POSIX and NFS spelling: length 0 (and, in NFSv4, all ones) means to the end. Nothing if offset + length wraps.
  static constexpr std::optional<ByteRange> FromPosix(uint64_t offset, uint64_t length) noexcept {
    if (length == 0 || length == UINT64_MAX) return ByteRange{offset, UINT64_MAX, false};
    if (length - 1 > UINT64_MAX - offset) return std::nullopt;
    return ByteRange{offset, offset + (length - 1), false};
  }
  /// SMB spelling (MS-SMB2 §2.2.26.1): length 0 is an empty range. Nothing if offset + length - 1 wraps.
  static constexpr std::optional<ByteRange> FromWindows(uint64_t offset, uint64_t length) noexcept {
    if (length == 0) return ByteRange{offset, offset, true};
    if (length - 1 > UINT64_MAX - offset) return std::nullopt;
    return ByteRange{offset, offset + (length - 1), false};
  }
  /// The length as FromPosix() takes it: 0 if the range reaches to the end.
  constexpr uint64_t posix_length() const noexcept { return last == UINT64_MAX ? 0 : last - first + 1; }

  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Whether two ranges meet. An empty range meets one that has bytes on both sides of its place (MS-FSA §2.1.4.10), and
/// no other empty range.
constexpr bool Overlap(const ByteRange& a, const ByteRange& b) noexcept {
  if (a.empty && b.empty) return false;
  if (a.empty) return b.first < a.first && a.first <= b.last;
  if (b.empty) return a.first < b.first && b.first <= a.last;
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace dittofs::state
