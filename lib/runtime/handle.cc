#include "runtime/handle.h"

#include <cstring>

#include "base/bytes.h"

namespace dittofs::runtime {

FileHandle EncodeHandle(const base::SipHashKey& key, const HandleContent& content) noexcept {
  HandleLayout layout{};
  layout.version = kHandleVersion;
  base::StoreBigEndian(layout.share_id.data(), content.share.value);
  base::StoreBigEndian(layout.file_number.data(), content.file.value);
  FileHandle handle;
  handle.size_bytes = kHandleBytes;
  std::memcpy(handle.storage.data(), &layout, kHandleSignedBytes);
  const auto mac = base::SipHash128(key, std::span(handle.storage).first<kHandleSignedBytes>());
  std::memcpy(handle.storage.data() + kHandleSignedBytes, mac.data(), mac.size());
  return handle;
}

std::optional<HandleContent> DecodeHandle(const base::SipHashKey& key, std::span<const uint8_t> bytes) noexcept {
  if (bytes.size() != kHandleBytes) return std::nullopt;
  HandleLayout layout;
  std::memcpy(&layout, bytes.data(), kHandleBytes);
  if (layout.version != kHandleVersion) return std::nullopt;
  const auto mac = base::SipHash128(key, bytes.first(kHandleSignedBytes));
  if (!base::EqualInConstantTime(mac, layout.mac)) return std::nullopt;
  // Whoever holds the key wrote zeros here; anything else belongs to a format that this code does not know.
  if (layout.reserved != std::array<uint8_t, 3>{}) return std::nullopt;
  return HandleContent{ShareId{base::LoadBigEndian<uint32_t>(layout.share_id.data())},
                       FileNumber{base::LoadBigEndian<uint64_t>(layout.file_number.data())}};
}

}  // namespace dittofs::runtime
