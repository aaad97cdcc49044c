#include "metadata/stores/leveldb/log_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/bytes.h"
#include "metadata/stores/leveldb/database.h"

namespace dittofs::leveldb_store {
namespace {

// The log format of LevelDB (doc/log_format.md): blocks of 32 KiB, filled with records that never cross a block; a
// record is a masked CRC32C of type and payload (4 bytes), the payload's length (2), its type (1) and the payload. All
// little-endian.
constexpr size_t kBlockBytes = 32768;
constexpr size_t kHeaderBytes = 7;
constexpr size_t kLengthAt = 4;
constexpr size_t kTypeAt = 6;
constexpr uint8_t kFirstType = 1;
constexpr uint8_t kLastType = 4;

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t MaskedCrc32c(std::string_view bytes) noexcept {
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

bool IsZero(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

/// Whether a good record stands at `at`.
bool GoodRecordAt(std::string_view log, size_t at) noexcept {
  const size_t block_left = kBlockBytes - at % kBlockBytes;
  const size_t left = std::min(block_left, log.size() - at);
  if (left < kHeaderBytes) return false;
  const auto type = static_cast<uint8_t>(log[at + kTypeAt]);
  const size_t length = base::LoadLittleEndian<uint16_t>(log.data() + at + kLengthAt);
  if (type < kFirstType || type > kLastType || kHeaderBytes + length > left) return false;
  return base::LoadLittleEndian<uint32_t>(log.data() + at) == MaskedCrc32c(log.substr(at + kTypeAt, 1 + length));
}

}  // namespace

Status CheckLog(std::string_view log, std::string_view name) {
  const auto damaged = [&](size_t at) {
    return Status(ErrorCode::kCorruption, fmt::format("its log {} is damaged at byte {}", name, at));
  };
  size_t at = 0;
  while (at < log.size()) {
    const size_t block_left = kBlockBytes - at % kBlockBytes;
    if (block_left < kHeaderBytes) {
      at += block_left;
      continue;
    }
    if (log.size() - at < kHeaderBytes) return {};
    const size_t length = base::LoadLittleEndian<uint16_t>(log.data() + at + kLengthAt);
    if (length == 0 && log[at + kTypeAt] == 0) return IsZero(log.substr(at)) ? Status() : damaged(at);
    if (kHeaderBytes + length > block_left) return damaged(at);
    if (kHeaderBytes + length > log.size() - at) {
      for (size_t later = at + 1; later < log.size(); ++later) {
        if (GoodRecordAt(log, later)) return damaged(at);
      }
      return {};
    }
    at += kHeaderBytes + length;
  }
  return {};
}

Status CheckLogFile(leveldb::Env* env, const std::string& path) {
  uint64_t size = 0;
  leveldb::SequentialFile* opened = nullptr;
  leveldb::Status status = env->GetFileSize(path, &size);
  if (status.ok()) status = env->NewSequentialFile(path, &opened);
  const std::unique_ptr<leveldb::SequentialFile> file(opened);
  if (!status.ok()) return StatusOf(status, "reading " + path);
  std::string log;
  std::string part(1 << 20, '\0');
  while (log.size() < size) {
    leveldb::Slice got;
    status = file->Read(part.size(), &got, part.data());
    if (!status.ok()) return StatusOf(status, "reading " + path);
    if (got.empty()) break;
    log.append(got.data(), got.size());
  }
  return CheckLog(log, std::string_view(path).substr(path.rfind('/') + 1));
}

}  // namespace dittofs::leveldb_store
