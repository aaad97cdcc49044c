#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/siphash.h"
#include "dittofs/ids.h"

namespace dittofs::runtime {

/// The bytes of a FileHandle, format 1 (docs/formats/handle.md). Integers are big-endian. This file is the only code
/// that knows them.
struct HandleLayout {
  uint8_t version;
  std::array<uint8_t, 3> reserved;  ///< Zeros.
  std::array<uint8_t, 4> share_id;
  std::array<uint8_t, 8> file_number;
  std::array<uint8_t, 16> mac;  ///< SipHash-2-4-128 over everything before it.
};
inline constexpr uint8_t kHandleVersion = 1;
inline constexpr size_t kHandleBytes = 32;
inline constexpr size_t kHandleSignedBytes = 16;
static_assert(sizeof(HandleLayout) == kHandleBytes && alignof(HandleLayout) == 1);
static_assert(offsetof(HandleLayout, version) == 0);
static_assert(offsetof(HandleLayout, reserved) == 1);
static_assert(offsetof(HandleLayout, share_id) == 4);
static_assert(offsetof(HandleLayout, file_number) == 8);
static_assert(offsetof(HandleLayout, mac) == kHandleSignedBytes);
static_assert(kHandleBytes <= FileHandle::kMaxSizeBytes);

struct HandleContent {
  ShareId share;
  FileNumber file;
  friend constexpr bool operator==(const HandleContent&, const HandleContent&) = default;
};

/// Pure; no allocation.
FileHandle EncodeHandle(const base::SipHashKey& key, const HandleContent& content) noexcept;
/// Nothing unless length, version, reserved bytes and MAC (compared in constant time) are right. Pure; no allocation.
std::optional<HandleContent> DecodeHandle(const base::SipHashKey& key, std::span<const uint8_t> bytes) noexcept;

}  // namespace dittofs::runtime
