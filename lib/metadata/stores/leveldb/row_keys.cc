#include "metadata/stores/leveldb/row_keys.h"

#include <fmt/format.h>

#include <algorithm>

namespace dittofs::leveldb_store {
namespace {

constexpr size_t kNumberBytes = 8;
constexpr size_t kBlockBytes = 32;
constexpr size_t kMaxFoldedKeyBytes = UINT16_MAX;

std::string Printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    if (c >= 0x20 && c < 0x7f && c != '\\') {
      shown.push_back(c);
    } else {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return shown;
}

std::string Hex(std::string_view bytes) {
  std::string shown;
  for (const char c : bytes) shown += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return shown;
}

}  // namespace

RowKey RowKey::OfFolded(ShareId share, FileNumber directory, std::string_view folded) {
  RowKey key(share, RowKind::kFolded, directory.value);
  const std::string_view kept = folded.substr(0, kMaxFoldedKeyBytes);
  char length[2];
  base::StoreBigEndian(length, static_cast<uint16_t>(kept.size()));
  key.Add(std::string_view(length, sizeof length));
  key.Add(kept);
  return key;
}

RowKey RowKey::OfFolded(ShareId share, FileNumber directory, std::string_view folded, Cookie cookie) {
  RowKey key = OfFolded(share, directory, folded);
  key.Add(cookie.value);
  return key;
}

std::optional<RowKind> KindOf(std::string_view key) noexcept {
  if (key.size() < RowKey::kPrefixBytes) return std::nullopt;
  const auto kind = static_cast<RowKind>(key[4]);
  switch (kind) {
    case RowKind::kFormat:
    case RowKind::kShare:
    case RowKind::kInode:
    case RowKind::kEntry:
    case RowKind::kCookie:
    case RowKind::kFolded:
    case RowKind::kSymlink:
    case RowKind::kExtent:
    case RowKind::kBlock:
    case RowKind::kUnreferenced:
    case RowKind::kExtendedAttribute:
    case RowKind::kOrphan:
    case RowKind::kUsage:
    case RowKind::kNumbers:
      return kind;
  }
  return std::nullopt;
}

bool WellFormed(std::string_view key) noexcept {
  const std::optional<RowKind> kind = KindOf(key);
  if (!kind) return false;
  const size_t body = key.size() - RowKey::kPrefixBytes;
  switch (*kind) {
    case RowKind::kFormat:
    case RowKind::kUsage:
    case RowKind::kNumbers:
      return body == 0;
    case RowKind::kShare:
      return body == 4;
    case RowKind::kInode:
    case RowKind::kSymlink:
    case RowKind::kOrphan:
      return body == kNumberBytes;
    case RowKind::kCookie:
    case RowKind::kExtent:
      return body == 2 * kNumberBytes;
    case RowKind::kBlock:
    case RowKind::kUnreferenced:
      return body == kBlockBytes;
    case RowKind::kEntry:
    case RowKind::kExtendedAttribute:
      return body > kNumberBytes;
    case RowKind::kFolded: {
      if (body < 2 * kNumberBytes + 2) return false;
      return base::LoadBigEndian<uint16_t>(key.data() + RowKey::kPrefixBytes + kNumberBytes) ==
             body - 2 * kNumberBytes - 2;
    }
  }
  return false;
}

std::string DescribeKey(std::string_view key) {
  if (!WellFormed(key)) return "unknown row " + Hex(key.substr(0, 64));
  const uint32_t share = base::LoadBigEndian<uint32_t>(key.data());
  const std::string of_share = fmt::format(" of share {}", share);
  const std::string_view body = key.substr(RowKey::kPrefixBytes);
  switch (*KindOf(key)) {
    case RowKind::kFormat:
      return "format row";
    case RowKind::kShare:
      return fmt::format("row of share {}", base::LoadBigEndian<uint32_t>(body.data()));
    case RowKind::kInode:
      return fmt::format("inode {}", NumberOf(key)) + of_share;
    case RowKind::kEntry:
      return fmt::format("entry \"{}\" in directory {}", Printable(body.substr(8)), NumberOf(key)) + of_share;
    case RowKind::kCookie:
      return fmt::format("entry with cookie {} in directory {}", LastNumberOf(key), NumberOf(key)) + of_share;
    case RowKind::kFolded:
      return fmt::format("folded name \"{}\" in directory {}", Printable(body.substr(10, body.size() - 18)),
                         NumberOf(key)) +
             of_share;
    case RowKind::kSymlink:
      return fmt::format("symlink {}", NumberOf(key)) + of_share;
    case RowKind::kExtent:
      return fmt::format("extent at {} of file {}", LastNumberOf(key), NumberOf(key)) + of_share;
    case RowKind::kBlock:
      return "block " + Hex(body) + of_share;
    case RowKind::kUnreferenced:
      return "mark of unreferenced block " + Hex(body) + of_share;
    case RowKind::kExtendedAttribute:
      return fmt::format("extended attribute \"{}\" of file {}", Printable(body.substr(8)), NumberOf(key)) + of_share;
    case RowKind::kOrphan:
      return fmt::format("mark of orphan {}", NumberOf(key)) + of_share;
    case RowKind::kUsage:
      return "usage" + of_share;
    case RowKind::kNumbers:
      return "number range" + of_share;
  }
  return "unknown row";
}

}  // namespace dittofs::leveldb_store
