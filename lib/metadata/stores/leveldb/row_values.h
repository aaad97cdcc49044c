#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dittofs/metadata_store.h"

namespace dittofs::leveldb_store {

// Values, byte by byte: docs/formats/leveldb.md. One class per row is the only code that knows its offsets. Numbers are
// little-endian. The first byte is the row's version. Decode() answers false for anything but exactly such a row; it
// reads nothing outside of `value` and changes the record only when it answers true.

inline constexpr uint8_t kRowVersion = 1;

/// The stamp of the whole store.
struct FormatRow {
  static constexpr std::string_view kMagic = "dittofs-metadata";
  static constexpr size_t kMagicAt = 0;
  static constexpr size_t kFormatAt = 16;   // u32
  static constexpr size_t kStoreIdAt = 20;  // u64
  static constexpr size_t kSize = 28;
  static_assert(kMagic.size() == kFormatAt - kMagicAt);
  static_assert(kStoreIdAt == kFormatAt + 4 && kSize == kStoreIdAt + 8);

  uint32_t format = 0;
  uint64_t store_id = 0;
  std::array<char, kSize> Encode() const noexcept;
  /// Longer values decode too: a newer format may have more after what is here.
  static bool Decode(std::string_view value, FormatRow& row) noexcept;
};

struct InodeRow {
  static constexpr size_t kVersionAt = 0;          // u8
  static constexpr size_t kTypeAt = 1;             // u8
  static constexpr size_t kBitsAt = 2;             // u16
  static constexpr size_t kModeAt = 4;             // u32
  static constexpr size_t kUidAt = 8;              // u32
  static constexpr size_t kGidAt = 12;             // u32
  static constexpr size_t kLinkCountAt = 16;       // u32
  static constexpr size_t kFlagsAt = 20;           // u32
  static constexpr size_t kSizeAt = 24;            // u64
  static constexpr size_t kUsedAt = 32;            // u64
  static constexpr size_t kChangeAt = 40;          // u64
  static constexpr size_t kParentAt = 48;          // u64
  static constexpr size_t kEntryCountAt = 56;      // u64
  static constexpr size_t kCreateVerifierAt = 64;  // u64
  static constexpr size_t kDeviceMajorAt = 72;     // u32
  static constexpr size_t kDeviceMinorAt = 76;     // u32
  static constexpr size_t kSecondsAt = 80;         // 4 × i64: atime, mtime, ctime, btime
  static constexpr size_t kNanosecondsAt = 112;    // 4 × u32, same order
  static constexpr size_t kSize = 128;
  static_assert(kModeAt == kBitsAt + 2 && kSizeAt == kFlagsAt + 4 && kDeviceMajorAt == kCreateVerifierAt + 8);
  static_assert(kNanosecondsAt == kSecondsAt + 4 * 8 && kSize == kNanosecondsAt + 4 * 4);
  static constexpr uint16_t kHasCreateVerifier = 1;

  static std::array<char, kSize> Encode(const InodeRecord& record) noexcept;
  /// The number is the key's.
  static bool Decode(FileNumber number, std::string_view value, InodeRecord& record) noexcept;
};

/// An entry by name. The folded name follows if it is not the name itself.
struct EntryRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kTypeAt = 1;     // u8
  static constexpr size_t kBitsAt = 2;     // u16
  static constexpr size_t kChildAt = 4;    // u64
  static constexpr size_t kCookieAt = 12;  // u64
  static constexpr size_t kFoldedAt = 20;
  static_assert(kFoldedAt == kCookieAt + 8 && kCookieAt == kChildAt + 8);
  static constexpr uint16_t kHasFolded = 1;

  /// `folded` is what is stored: empty and `has_folded` false if it is the name itself.
  static void Append(const EntryRecord& record, bool has_folded, std::string_view folded, std::string& value);
  static bool Decode(std::string_view value, EntryRecord& record, bool& has_folded, std::string_view& folded) noexcept;
};

/// An entry by cookie. The cookie is the key's.
struct CookieRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kTypeAt = 1;     // u8
  static constexpr size_t kChildAt = 2;    // u64
  static constexpr size_t kNameAt = 10;
  static_assert(kNameAt == kChildAt + 8);

  static void Append(const EntryRecord& record, std::string_view name, std::string& value);
  static bool Decode(Cookie cookie, std::string_view value, EntryRecord& record, std::string_view& name) noexcept;
};

/// A version and bytes: folded names (the real name), symlinks (the target), extended attributes (the value).
struct TextRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kTextAt = 1;

  static void Append(std::string_view text, std::string& value);
  static bool Decode(std::string_view value, std::string_view& text) noexcept;
};

/// A version and nothing: marks of orphans and of unreferenced blocks.
struct MarkRow {
  static std::array<char, 1> Encode() noexcept { return {static_cast<char>(kRowVersion)}; }
  static bool Decode(std::string_view value) noexcept { return value.size() == 1 && value[0] == kRowVersion; }
};

/// The offset in the file is the key's.
struct ExtentRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kZeroAt = 1;     // 3 bytes
  static constexpr size_t kBlockOffsetAt = 4;
  static constexpr size_t kLengthAt = 8;  // u64
  static constexpr size_t kBlockAt = 16;  // 32 bytes
  static constexpr size_t kSize = 48;
  static_assert(kSize == kBlockAt + 32 && kBlockAt == kLengthAt + 8);

  static std::array<char, kSize> Encode(const Extent& extent) noexcept;
  static bool Decode(uint64_t offset, std::string_view value, Extent& extent) noexcept;
};

struct BlockRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kStateAt = 1;    // u8
  static constexpr size_t kZeroAt = 2;     // 2 bytes
  static constexpr size_t kSizeBytesAt = 4;
  static constexpr size_t kReferencesAt = 8;  // i64, never negative
  static constexpr size_t kSize = 16;
  static_assert(kSize == kReferencesAt + 8);

  static std::array<char, kSize> Encode(const BlockRecord& record) noexcept;
  static bool Decode(std::string_view value, BlockRecord& record) noexcept;
};

struct UsageRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kBytesAt = 1;    // i64
  static constexpr size_t kFilesAt = 9;    // i64
  static constexpr size_t kSize = 17;

  static std::array<char, kSize> Encode(const UsageRecord& record) noexcept;
  static bool Decode(std::string_view value, UsageRecord& record) noexcept;
};

/// The first number that was never reserved.
struct NumbersRow {
  static constexpr size_t kVersionAt = 0;  // u8
  static constexpr size_t kNextAt = 1;     // u64
  static constexpr size_t kSize = 9;

  static std::array<char, kSize> Encode(uint64_t next) noexcept;
  static bool Decode(std::string_view value, uint64_t& next) noexcept;
};

struct ShareRow {
  static constexpr size_t kVersionAt = 0;       // u8
  static constexpr size_t kBlockScopeAt = 1;    // u64
  static constexpr size_t kSecondsAt = 9;       // i64
  static constexpr size_t kNanosecondsAt = 17;  // u32
  static constexpr size_t kNameAt = 21;
  static_assert(kNameAt == kNanosecondsAt + 4);

  static void Append(const ShareRecord& record, std::string& value);
  static bool Decode(std::string_view value, ShareRecord& record);
};

}  // namespace dittofs::leveldb_store
