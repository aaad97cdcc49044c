#include "xdr/reader.h"

#include <array>
#include <string>
#include <vector>

#include "catch.h"

namespace dittofs::xdr {
namespace {

std::vector<std::byte> Bytes(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

TEST_CASE("xdr reader: integers are big-endian") {
  const auto bytes = Bytes({0x01, 0x02, 0x03, 0x04, 0xff, 0xff, 0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8});
  Reader reader(bytes);
  CHECK(reader.Uint32() == 0x0102'0304);
  CHECK(reader.Int32() == -2);
  CHECK(reader.Uint64() == 0x0102'0304'0506'0708);
  CHECK(reader.Finished());
}

TEST_CASE("xdr reader: a bool is 0 or 1") {
  const auto bytes = Bytes({0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2});
  Reader reader(bytes);
  CHECK_FALSE(reader.Bool());
  CHECK(reader.Bool());
  CHECK(reader.ok());
  reader.Bool();
  CHECK_FALSE(reader.ok());
}

TEST_CASE("xdr reader: every integer that does not fit fails") {
  for (size_t size = 0; size < 8; ++size) {
    const std::vector<std::byte> bytes(size);
    Reader reader(bytes);
    CHECK(reader.Uint64() == 0);
    CHECK_FALSE(reader.ok());
    Reader word(bytes);
    word.Uint32();
    CHECK(word.ok() == (size >= 4));
  }
}

TEST_CASE("xdr reader: after a failure everything fails, and nothing is left") {
  const auto bytes = Bytes({0, 0, 0, 9, 1, 2, 3, 4});
  Reader reader(bytes);
  CHECK(reader.Opaque(100).empty());
  CHECK(reader.Uint32() == 0);
  CHECK(reader.String(100).empty());
  CHECK(reader.remaining() == 0);
  CHECK_FALSE(reader.ok());
  CHECK_FALSE(reader.Finished());
}

TEST_CASE("xdr reader: opaque data takes its padding along") {
  for (size_t length = 0; length <= 8; ++length) {
    std::vector<std::byte> bytes(4 + (length + 3) / 4 * 4 + 4);
    bytes[3] = static_cast<std::byte>(length);
    bytes.back() = std::byte{7};
    Reader reader(bytes);
    const auto opaque = reader.Opaque(8);
    CHECK(opaque.size() == length);
    CHECK(opaque.data() == bytes.data() + 4);
    CHECK(reader.Uint32() == 7);
    CHECK(reader.Finished());
  }
}

TEST_CASE("xdr reader: missing padding fails") {
  const auto bytes = Bytes({0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0});
  Reader reader(bytes);
  CHECK(reader.Opaque(100).empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("xdr reader: a length over the maximum fails although the bytes are there") {
  const auto bytes = Bytes({0, 0, 0, 4, 'a', 'b', 'c', 'd'});
  Reader fits(bytes);
  CHECK(fits.String(4) == "abcd");
  Reader reader(bytes);
  CHECK(reader.String(3).empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("xdr reader: lengths near the end of the address space fail") {
  const auto bytes = Bytes({0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0});
  Reader reader(bytes);
  CHECK(reader.Opaque(SIZE_MAX).empty());
  CHECK_FALSE(reader.ok());
  Reader fixed(bytes);
  CHECK(fixed.FixedOpaque(SIZE_MAX).empty());
  CHECK_FALSE(fixed.ok());
}

TEST_CASE("xdr reader: what is left over is not Finished") {
  const auto bytes = Bytes({0, 0, 0, 1, 0, 0, 0, 1});
  Reader reader(bytes);
  reader.Uint32();
  CHECK(reader.ok());
  CHECK_FALSE(reader.Finished());
}

}  // namespace
}  // namespace dittofs::xdr
