#include "xdr/writer.h"

#include <string>
#include <vector>

#include "catch.h"
#include "support/wire_buffer.h"
#include "xdr/byte_sink.h"

namespace dittofs::xdr {
namespace {

using dittofs::testing::WireBuffer;

std::string Hex(std::span<const std::byte> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text.push_back(kDigits[std::to_integer<int>(byte) >> 4]);
    text.push_back(kDigits[std::to_integer<int>(byte) & 15]);
  }
  return text;
}

TEST_CASE("xdr writer: basic types as RFC 4506 §4 draws them") {
  WireBuffer buffer;
  Writer& writer = buffer.writer();
  writer.Uint32(0x01020304);
  writer.Int32(-2);
  writer.Uint64(0x0102030405060708);
  writer.Bool(true);
  writer.Bool(false);
  CHECK(Hex(buffer.bytes()) == "01020304fffffffe01020304050607080000000100000000");
}

TEST_CASE("xdr writer: strings are padded with zeros to four bytes") {
  for (size_t length = 0; length <= 5; ++length) {
    WireBuffer buffer;
    buffer.writer().String(std::string_view("abcde").substr(0, length));
    const std::string expected[] = {"00000000",         "0000000161000000", "0000000261620000",
                                    "0000000361626300", "0000000461626364", "000000056162636465000000"};
    CHECK(Hex(buffer.bytes()) == expected[length]);
  }
}

TEST_CASE("xdr writer: the same bytes come out however small the room is") {
  std::string expected;
  for (const size_t chunk : {1u, 4u, 7u, 64u, 4096u}) {
    WireBuffer buffer(chunk);
    for (uint32_t i = 0; i < 50; ++i) {
      buffer.writer().Uint32(i);
      buffer.writer().String(std::string(i, 'x'));
      buffer.writer().Uint64(i);
    }
    const std::string hex = Hex(buffer.bytes());
    if (expected.empty()) expected = hex;
    CHECK(hex == expected);
  }
}

TEST_CASE("xdr writer: owned content is spliced, borrowed content copied, the padding follows the whole") {
  WireBuffer buffer;
  BufferChain chain;
  const std::string borrowed = "bcd";
  chain.Append(Buffer::Copy(base::AsBytes("a")));
  chain.Append(Buffer::Borrow(base::AsBytes(borrowed)));
  chain.Append(Buffer::Copy(base::AsBytes("e")));
  buffer.writer().Content(chain);
  buffer.writer().Uint32(1);
  CHECK(Hex(buffer.bytes()) == "00000005616263646500000000000001");
  CHECK(buffer.splices() == 2);
}

TEST_CASE("xdr writer: content that was read into peeked room stays where it is") {
  WireBuffer buffer(64);
  Writer& writer = buffer.writer();
  // As a READ does it: room behind the length, which is written with the content.
  const auto room = writer.Peek(4 + 5 + 3);
  ReadContent content(room.subspan(4));
  const auto space = content.Extend(5);
  std::memcpy(space.data(), "hello", 5);
  CHECK(space.data() == room.data() + 4);
  writer.Content(content.chain());
  CHECK(writer.position() == room.data() + 12);
  CHECK(Hex(buffer.bytes()) == "0000000568656c6c6f000000");
}

TEST_CASE("xdr byte sink: bytes and buffers come out in order") {
  ByteSink sink;
  Writer writer(sink);
  writer.Uint32(1);
  writer.Content(BufferChain(Buffer::Copy(base::AsBytes(std::string(2000, 'x')))));
  writer.Uint32(2);
  const auto bytes = sink.Take(writer);
  REQUIRE(bytes.size() == 4 + 4 + 2000 + 4);
  CHECK(bytes[8] == std::byte{'x'});
  CHECK(bytes.back() == std::byte{2});
}

}  // namespace
}  // namespace dittofs::xdr
