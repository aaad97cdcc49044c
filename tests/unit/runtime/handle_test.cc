#include "runtime/handle.h"

#include <algorithm>

#include "catch.h"

namespace dittofs::runtime {
namespace {

constexpr base::SipHashKey kKey = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr HandleContent kContent{ShareId{0x01020304}, FileNumber{0x1112131415161718}};
// docs/formats/handle.md shows the same bytes.
constexpr std::array<uint8_t, kHandleBytes> kGolden = {0x01, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x11, 0x12, 0x13,
                                                       0x14, 0x15, 0x16, 0x17, 0x18, 0x85, 0x53, 0xc8, 0xce, 0x36, 0xd1,
                                                       0x05, 0xdb, 0x78, 0xa6, 0xa0, 0x69, 0x77, 0x44, 0x30, 0x0a};

TEST_CASE("A handle has the golden bytes of format 1") {
  const FileHandle handle = EncodeHandle(kKey, kContent);
  CHECK(std::ranges::equal(handle.bytes(), kGolden));
}

TEST_CASE("A handle of format 1 that was given out earlier is still understood") {
  CHECK(DecodeHandle(kKey, kGolden) == kContent);
}

TEST_CASE("A handle fits NFSv2's 32 bytes and NFSv3's 64") {
  CHECK(EncodeHandle(kKey, kContent).size_bytes == 32);
}

TEST_CASE("Flipping any one bit of a handle makes it invalid") {
  const FileHandle handle = EncodeHandle(kKey, kContent);
  for (size_t bit = 0; bit < kHandleBytes * 8; ++bit) {
    FileHandle forged = handle;
    forged.storage[bit / 8] = static_cast<uint8_t>(forged.storage[bit / 8] ^ (1u << (bit % 8)));
    INFO("bit " << bit);
    CHECK_FALSE(DecodeHandle(kKey, forged.bytes()).has_value());
  }
}

TEST_CASE("A handle of any other length is invalid") {
  FileHandle handle = EncodeHandle(kKey, kContent);
  for (size_t size = 0; size <= FileHandle::kMaxSizeBytes; ++size) {
    if (size == kHandleBytes) continue;
    handle.size_bytes = static_cast<uint8_t>(size);
    INFO("size " << size);
    CHECK_FALSE(DecodeHandle(kKey, handle.bytes()).has_value());
  }
}

TEST_CASE("A handle made with another key is invalid") {
  base::SipHashKey other = kKey;
  other[15] ^= 1;
  CHECK_FALSE(DecodeHandle(kKey, EncodeHandle(other, kContent).bytes()).has_value());
}

TEST_CASE("A correctly signed handle with a reserved byte set is invalid") {
  FileHandle handle = EncodeHandle(kKey, kContent);
  handle.storage[1] = 1;
  const auto mac = base::SipHash128(kKey, handle.bytes().first(kHandleSignedBytes));
  std::copy(mac.begin(), mac.end(), handle.storage.begin() + kHandleSignedBytes);
  CHECK_FALSE(DecodeHandle(kKey, handle.bytes()).has_value());
}

TEST_CASE("Extreme ids survive the way through a handle") {
  for (const uint64_t file : {uint64_t{0}, uint64_t{1}, UINT64_MAX}) {
    for (const uint32_t share : {uint32_t{0}, uint32_t{1}, UINT32_MAX}) {
      const HandleContent content{ShareId{share}, FileNumber{file}};
      CHECK(DecodeHandle(kKey, EncodeHandle(kKey, content).bytes()) == content);
    }
  }
}

}  // namespace
}  // namespace dittofs::runtime
