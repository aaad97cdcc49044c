#include "base/siphash.h"

#include <vector>

#include "catch.h"

namespace dittofs::base {

// The first and last vectors of the reference implementation's 128-bit table: key 00..0f, message 00..(n-1).
TEST_CASE("SipHash128 gives the published vectors") {
  SipHashKey key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  const std::array<uint8_t, 16> empty{0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
                                      0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93};
  CHECK(SipHash128(key, {}) == empty);
  const std::array<uint8_t, 16> one{0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44,
                                    0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45};
  const std::vector<uint8_t> message{0};
  CHECK(SipHash128(key, message) == one);
}

}  // namespace dittofs::base
