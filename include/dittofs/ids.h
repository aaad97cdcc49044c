#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>

namespace dittofs {

/// A file of one share: unique in the share, never reused. 0 is no file. Values 1 and 2 are never directory cookies'
/// numbers of files made later, so the root is 1 unless a FileSystem says otherwise.
struct FileNumber {
  uint64_t value = 0;
  constexpr explicit operator bool() const noexcept { return value != 0; }
  friend constexpr auto operator<=>(const FileNumber&, const FileNumber&) = default;
};
inline constexpr FileNumber kRootFileNumber{1};

/// A share of one Runtime. Stable over restarts (it is part of every FileHandle). 0 is no share.
struct ShareId {
  uint32_t value = 0;
  constexpr explicit operator bool() const noexcept { return value != 0; }
  friend constexpr auto operator<=>(const ShareId&, const ShareId&) = default;
};

/// The position of a directory entry: given to the entry when it is made, kept for its life, never reused in that
/// directory. 0 is "before the first"; 1 and 2 are reserved for "." and "..", which protocols add themselves.
struct Cookie {
  uint64_t value = 0;
  friend constexpr auto operator<=>(const Cookie&, const Cookie&) = default;
};
inline constexpr Cookie kFirstEntryCookie{3};

/// 64 opaque bits: the write verifier of a server instance, or the verifier of an exclusive create.
struct Verifier {
  uint64_t value = 0;
  friend constexpr auto operator<=>(const Verifier&, const Verifier&) = default;
};

/// The name of a block: the SHA-256 of its content.
struct BlockId {
  std::array<uint8_t, 32> sha256{};
  friend auto operator<=>(const BlockId&, const BlockId&) = default;
};

/// What protocols give to clients to name a file. Opaque outside Runtime; at most 64 bytes (RFC 1813 §2.3.3).
/// Survives restart and rename; can't be forged (keyed MAC).
struct FileHandle {
  static constexpr size_t kMaxSizeBytes = 64;
  uint8_t size_bytes = 0;
  std::array<uint8_t, kMaxSizeBytes> storage{};
  std::span<const uint8_t> bytes() const noexcept { return {storage.data(), size_bytes}; }
  friend bool operator==(const FileHandle& a, const FileHandle& b) noexcept {
    return a.size_bytes == b.size_bytes && std::memcmp(a.storage.data(), b.storage.data(), a.size_bytes) == 0;
  }
};

}  // namespace dittofs

template <>
struct std::hash<dittofs::FileNumber> {
  size_t operator()(dittofs::FileNumber number) const noexcept {
    uint64_t x = number.value * 0x9E3779B97F4A7C15u;
    return static_cast<size_t>(x ^ (x >> 32));
  }
};
template <>
struct std::hash<dittofs::BlockId> {
  size_t operator()(const dittofs::BlockId& block) const noexcept {
    size_t x;
    std::memcpy(&x, block.sha256.data(), sizeof x);  // a cryptographic hash is uniform already
    return x;
  }
};
