#include "base/crc32c.h"

#include <string>
#include <vector>

#include "base/bytes.h"
#include "catch.h"

namespace dittofs::base {

TEST_CASE("Crc32c gives the vectors of RFC 3720 B.4") {
  CHECK(Crc32c(AsBytes("123456789")) == 0xe3069283u);
  CHECK(Crc32c(std::vector<std::byte>(32, std::byte{0})) == 0x8a9136aau);
  CHECK(Crc32c(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43u);
}

TEST_CASE("Crc32c of a long message is that of its parts in sequence") {
  std::vector<std::byte> message(40'000);
  uint32_t x = 1;
  for (std::byte& byte : message) byte = static_cast<std::byte>((x = x * 1664525u + 1013904223u) >> 24);
  const uint32_t whole = Crc32c(message);
  // Parts too short for the three-lane path.
  uint32_t in_parts = 0;
  for (size_t at = 0; at < message.size(); at += 1000)
    in_parts = Crc32c(std::span(message).subspan(at, 1000), in_parts);
  CHECK(in_parts == whole);
  message[20'000] ^= std::byte{1};
  CHECK(Crc32c(message) != whole);
}

}  // namespace dittofs::base
