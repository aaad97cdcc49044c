#include "metadata/stores/leveldb/row_values.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace dittofs::leveldb_store {
namespace {

constexpr uint32_t kNanosecondsPerSecond = 1000000000;

template <typename T>
T Load(std::string_view value, size_t at) noexcept {
  return base::LoadLittleEndian<T>(value.data() + at);
}
template <typename T>
void Store(char* row, size_t at, T value) noexcept {
  base::StoreLittleEndian(row + at, value);
}
template <typename T>
void AppendNumber(std::string& row, T number) {
  char bytes[sizeof(T)];
  base::StoreLittleEndian(bytes, number);
  row.append(bytes, sizeof bytes);
}

bool IsVersion(std::string_view value) noexcept {
  return !value.empty() && static_cast<uint8_t>(value[0]) == kRowVersion;
}
bool IsType(char stored) noexcept {
  return stored >= static_cast<char>(FileType::kRegular) && stored <= static_cast<char>(FileType::kFifo);
}
bool IsZero(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

std::array<char, FormatRow::kSize> FormatRow::Encode() const noexcept {
  std::array<char, kSize> row;
  std::memcpy(row.data() + kMagicAt, kMagic.data(), kMagic.size());
  Store(row.data(), kFormatAt, format);
  Store(row.data(), kStoreIdAt, store_id);
  return row;
}

bool FormatRow::Decode(std::string_view value, FormatRow& row) noexcept {
  if (value.size() < kSize || value.substr(kMagicAt, kMagic.size()) != kMagic) return false;
  row.format = Load<uint32_t>(value, kFormatAt);
  row.store_id = Load<uint64_t>(value, kStoreIdAt);
  return true;
}

std::array<char, InodeRow::kSize> InodeRow::Encode(const InodeRecord& record) noexcept {
  std::array<char, kSize> row;
  char* to = row.data();
  to[kVersionAt] = static_cast<char>(kRowVersion);
  to[kTypeAt] = static_cast<char>(record.type);
  Store(to, kBitsAt, record.has_create_verifier ? kHasCreateVerifier : uint16_t{0});
  Store(to, kModeAt, record.mode);
  Store(to, kUidAt, record.uid);
  Store(to, kGidAt, record.gid);
  Store(to, kLinkCountAt, record.link_count);
  Store(to, kFlagsAt, record.flags);
  Store(to, kSizeAt, record.size_bytes);
  Store(to, kUsedAt, record.used_bytes);
  Store(to, kChangeAt, record.change);
  Store(to, kParentAt, record.parent.value);
  Store(to, kEntryCountAt, record.entry_count);
  Store(to, kCreateVerifierAt, record.create_verifier.value);
  Store(to, kDeviceMajorAt, record.device.major);
  Store(to, kDeviceMinorAt, record.device.minor);
  const Timestamp times[4] = {record.atime, record.mtime, record.ctime, record.btime};
  for (size_t i = 0; i < 4; ++i) {
    Store(to, kSecondsAt + 8 * i, static_cast<uint64_t>(times[i].seconds));
    Store(to, kNanosecondsAt + 4 * i, times[i].nanoseconds);
  }
  return row;
}

bool InodeRow::Decode(FileNumber number, std::string_view value, InodeRecord& record) noexcept {
  if (value.size() != kSize || !IsVersion(value) || !IsType(value[kTypeAt])) return false;
  const auto bits = Load<uint16_t>(value, kBitsAt);
  if ((bits & ~kHasCreateVerifier) != 0) return false;
  Timestamp times[4];
  for (size_t i = 0; i < 4; ++i) {
    times[i].seconds = static_cast<int64_t>(Load<uint64_t>(value, kSecondsAt + 8 * i));
    times[i].nanoseconds = Load<uint32_t>(value, kNanosecondsAt + 4 * i);
    if (times[i].nanoseconds >= kNanosecondsPerSecond) return false;
  }
  record.number = number;
  record.type = static_cast<FileType>(value[kTypeAt]);
  record.mode = Load<uint32_t>(value, kModeAt);
  record.uid = Load<uint32_t>(value, kUidAt);
  record.gid = Load<uint32_t>(value, kGidAt);
  record.link_count = Load<uint32_t>(value, kLinkCountAt);
  record.flags = Load<uint32_t>(value, kFlagsAt);
  record.size_bytes = Load<uint64_t>(value, kSizeAt);
  record.used_bytes = Load<uint64_t>(value, kUsedAt);
  record.change = Load<uint64_t>(value, kChangeAt);
  record.parent = FileNumber{Load<uint64_t>(value, kParentAt)};
  record.entry_count = Load<uint64_t>(value, kEntryCountAt);
  record.create_verifier = Verifier{Load<uint64_t>(value, kCreateVerifierAt)};
  record.has_create_verifier = (bits & kHasCreateVerifier) != 0;
  record.device = {Load<uint32_t>(value, kDeviceMajorAt), Load<uint32_t>(value, kDeviceMinorAt)};
  record.atime = times[0];
  record.mtime = times[1];
  record.ctime = times[2];
  record.btime = times[3];
  return true;
}

void EntryRow::Append(const EntryRecord& record, bool has_folded, std::string_view folded, std::string& value) {
  value.push_back(static_cast<char>(kRowVersion));
  value.push_back(static_cast<char>(record.type));
  AppendNumber(value, has_folded ? kHasFolded : uint16_t{0});
  AppendNumber(value, record.child.value);
  AppendNumber(value, record.cookie.value);
  if (has_folded) value.append(folded);
}

bool EntryRow::Decode(std::string_view value, EntryRecord& record, bool& has_folded,
                      std::string_view& folded) noexcept {
  if (value.size() < kFoldedAt || !IsVersion(value) || !IsType(value[kTypeAt])) return false;
  const auto bits = Load<uint16_t>(value, kBitsAt);
  if ((bits & ~kHasFolded) != 0) return false;
  if ((bits & kHasFolded) == 0 && value.size() != kFoldedAt) return false;
  record.type = static_cast<FileType>(value[kTypeAt]);
  record.child = FileNumber{Load<uint64_t>(value, kChildAt)};
  record.cookie = Cookie{Load<uint64_t>(value, kCookieAt)};
  has_folded = (bits & kHasFolded) != 0;
  folded = value.substr(kFoldedAt);
  return true;
}

void CookieRow::Append(const EntryRecord& record, std::string_view name, std::string& value) {
  value.push_back(static_cast<char>(kRowVersion));
  value.push_back(static_cast<char>(record.type));
  AppendNumber(value, record.child.value);
  value.append(name);
}

bool CookieRow::Decode(Cookie cookie, std::string_view value, EntryRecord& record, std::string_view& name) noexcept {
  if (value.size() <= kNameAt || !IsVersion(value) || !IsType(value[kTypeAt])) return false;
  record.type = static_cast<FileType>(value[kTypeAt]);
  record.child = FileNumber{Load<uint64_t>(value, kChildAt)};
  record.cookie = cookie;
  name = value.substr(kNameAt);
  return true;
}

void TextRow::Append(std::string_view text, std::string& value) {
  value.push_back(static_cast<char>(kRowVersion));
  value.append(text);
}

bool TextRow::Decode(std::string_view value, std::string_view& text) noexcept {
  if (!IsVersion(value)) return false;
  text = value.substr(kTextAt);
  return true;
}

std::array<char, ExtentRow::kSize> ExtentRow::Encode(const Extent& extent) noexcept {
  std::array<char, kSize> row{};
  row[kVersionAt] = static_cast<char>(kRowVersion);
  Store(row.data(), kBlockOffsetAt, extent.block_offset);
  Store(row.data(), kLengthAt, extent.length);
  std::memcpy(row.data() + kBlockAt, extent.block.sha256.data(), extent.block.sha256.size());
  return row;
}

bool ExtentRow::Decode(uint64_t offset, std::string_view value, Extent& extent) noexcept {
  if (value.size() != kSize || !IsVersion(value) || !IsZero(value.substr(kZeroAt, 3))) return false;
  const auto length = Load<uint64_t>(value, kLengthAt);
  if (length == 0 || length > UINT64_MAX - offset) return false;
  extent.offset = offset;
  extent.length = length;
  extent.block_offset = Load<uint32_t>(value, kBlockOffsetAt);
  std::memcpy(extent.block.sha256.data(), value.data() + kBlockAt, extent.block.sha256.size());
  return true;
}

std::array<char, BlockRow::kSize> BlockRow::Encode(const BlockRecord& record) noexcept {
  std::array<char, kSize> row{};
  row[kVersionAt] = static_cast<char>(kRowVersion);
  row[kStateAt] = static_cast<char>(record.state);
  Store(row.data(), kSizeBytesAt, record.size_bytes);
  Store(row.data(), kReferencesAt, static_cast<uint64_t>(record.references));
  return row;
}

bool BlockRow::Decode(std::string_view value, BlockRecord& record) noexcept {
  if (value.size() != kSize || !IsVersion(value) || !IsZero(value.substr(kZeroAt, 2))) return false;
  const auto state = static_cast<BlockState>(value[kStateAt]);
  if (state != BlockState::kStored && state != BlockState::kDeleting) return false;
  const auto references = static_cast<int64_t>(Load<uint64_t>(value, kReferencesAt));
  if (references < 0) return false;
  record.size_bytes = Load<uint32_t>(value, kSizeBytesAt);
  record.state = state;
  record.references = references;
  return true;
}

std::array<char, UsageRow::kSize> UsageRow::Encode(const UsageRecord& record) noexcept {
  std::array<char, kSize> row;
  row[kVersionAt] = static_cast<char>(kRowVersion);
  Store(row.data(), kBytesAt, static_cast<uint64_t>(record.bytes));
  Store(row.data(), kFilesAt, static_cast<uint64_t>(record.files));
  return row;
}

bool UsageRow::Decode(std::string_view value, UsageRecord& record) noexcept {
  if (value.size() != kSize || !IsVersion(value)) return false;
  record.bytes = static_cast<int64_t>(Load<uint64_t>(value, kBytesAt));
  record.files = static_cast<int64_t>(Load<uint64_t>(value, kFilesAt));
  return true;
}

std::array<char, NumbersRow::kSize> NumbersRow::Encode(uint64_t next) noexcept {
  std::array<char, kSize> row;
  row[kVersionAt] = static_cast<char>(kRowVersion);
  Store(row.data(), kNextAt, next);
  return row;
}

bool NumbersRow::Decode(std::string_view value, uint64_t& next) noexcept {
  if (value.size() != kSize || !IsVersion(value)) return false;
  next = Load<uint64_t>(value, kNextAt);
  return true;
}

void ShareRow::Append(const ShareRecord& record, std::string& value) {
  value.push_back(static_cast<char>(kRowVersion));
  AppendNumber(value, record.block_scope);
  AppendNumber(value, static_cast<uint64_t>(record.created.seconds));
  AppendNumber(value, record.created.nanoseconds);
  value.append(record.name);
}

bool ShareRow::Decode(std::string_view value, ShareRecord& record) {
  if (value.size() < kNameAt || !IsVersion(value)) return false;
  const auto nanoseconds = Load<uint32_t>(value, kNanosecondsAt);
  if (nanoseconds >= kNanosecondsPerSecond) return false;
  record.block_scope = Load<uint64_t>(value, kBlockScopeAt);
  record.created = {static_cast<int64_t>(Load<uint64_t>(value, kSecondsAt)), nanoseconds};
  record.name.assign(value.substr(kNameAt));
  return true;
}

}  // namespace dittofs::leveldb_store
