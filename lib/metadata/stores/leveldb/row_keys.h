#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "dittofs/ids.h"

namespace dittofs::leveldb_store {

// Keys, byte by byte: docs/formats/leveldb.md. Every key begins with the share (4 bytes, big-endian; 0 for rows of the
// whole store) and the kind of row (1 byte). Numbers in keys are big-endian, so that LevelDB's byte order is their
// order.

/// What a row is. Values are stored; never renumber.
enum class RowKind : uint8_t {
  kFormat = 'F',             ///< share 0; no body
  kShare = 'S',              ///< share 0; body: share u32
  kInode = 'I',              ///< number u64
  kEntry = 'E',              ///< directory u64, name
  kCookie = 'C',             ///< directory u64, cookie u64
  kFolded = 'D',             ///< directory u64, folded length u16, folded name, cookie u64
  kSymlink = 'L',            ///< number u64
  kExtent = 'X',             ///< number u64, offset u64
  kBlock = 'B',              ///< block id, 32 bytes
  kUnreferenced = 'U',       ///< block id, 32 bytes
  kExtendedAttribute = 'A',  ///< number u64, name
  kOrphan = 'O',             ///< number u64
  kUsage = 'G',              ///< no body
  kNumbers = 'N',            ///< no body
};

/// A key (or the common beginning of some), built in place.
class RowKey {
 public:
  static constexpr size_t kPrefixBytes = 5;

  RowKey(ShareId share, RowKind kind) {
    base::StoreBigEndian(inline_.data(), share.value);
    inline_[4] = static_cast<char>(kind);
    size_ = kPrefixBytes;
  }
  RowKey(ShareId share, RowKind kind, uint64_t number) : RowKey(share, kind) { Add(number); }
  RowKey(ShareId share, RowKind kind, uint64_t number, uint64_t second) : RowKey(share, kind, number) { Add(second); }
  RowKey(ShareId share, RowKind kind, uint64_t number, std::string_view name) : RowKey(share, kind, number) {
    Add(name);
  }
  RowKey(ShareId share, RowKind kind, const BlockId& block) : RowKey(share, kind) {
    Add(std::string_view(reinterpret_cast<const char*>(block.sha256.data()), block.sha256.size()));
  }
  static RowKey OfShare(ShareId share) {
    RowKey key(ShareId{0}, RowKind::kShare);
    char bytes[4];
    base::StoreBigEndian(bytes, share.value);
    key.Add(std::string_view(bytes, sizeof bytes));
    return key;
  }
  /// What all rows of one folded name in one directory begin with. At most 65,535 bytes of it tell names apart.
  static RowKey OfFolded(ShareId share, FileNumber directory, std::string_view folded);
  static RowKey OfFolded(ShareId share, FileNumber directory, std::string_view folded, Cookie cookie);

  std::string_view bytes() const noexcept {
    return long_.empty() ? std::string_view(inline_.data(), size_) : std::string_view(long_);
  }

 private:
  void Add(uint64_t value) {
    char bytes[8];
    base::StoreBigEndian(bytes, value);
    Add(std::string_view(bytes, sizeof bytes));
  }
  void Add(std::string_view text) {
    if (long_.empty() && size_ + text.size() <= inline_.size()) {
      std::memcpy(inline_.data() + size_, text.data(), text.size());
      size_ += text.size();
      return;
    }
    if (long_.empty()) long_.assign(inline_.data(), size_);
    long_.append(text);
  }

  std::array<char, 96> inline_;  // left as it is: only size_ bytes count
  size_t size_ = 0;
  std::string long_;  ///< If it did not fit.
};

/// The kind of a key; nothing if it is too short or unknown.
std::optional<RowKind> KindOf(std::string_view key) noexcept;
/// The number right after the prefix.
inline uint64_t NumberOf(std::string_view key) noexcept {
  return base::LoadBigEndian<uint64_t>(key.data() + RowKey::kPrefixBytes);
}
/// The last eight bytes.
inline uint64_t LastNumberOf(std::string_view key) noexcept {
  return base::LoadBigEndian<uint64_t>(key.data() + key.size() - 8);
}
/// Whether `key` has the length that its kind demands. Needed before NumberOf() and LastNumberOf().
bool WellFormed(std::string_view key) noexcept;
/// A key for people: "inode 42 of share 7".
std::string DescribeKey(std::string_view key);

}  // namespace dittofs::leveldb_store
