#include "xdr/fields.h"

#include <array>
#include <string>
#include <vector>

#include "catch.h"
#include "wire_buffer.h"

namespace dittofs::xdr {
namespace {

using testing::Encoded;

std::vector<std::byte> Bytes(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}
template <typename T>
bool Decodes(std::span<const std::byte> bytes, T& value) {
  Reader reader(bytes);
  Decode(reader, value);
  return reader.Finished();
}

enum class Color : uint32_t { kRed = 1, kGreen = 2, kBlue = 3 };
constexpr bool IsDefined(Color color) {
  return color >= Color::kRed && color <= Color::kBlue;
}

struct Pair {
  uint32_t first = 0;
  uint64_t second = 0;
  static constexpr auto kFields = Fields(&Pair::first, &Pair::second);
};
struct Shade {
  Color color = Color::kRed;
  uint32_t red = 0;
  String<4> other;
  static constexpr auto kUnion =
      Union(&Shade::color, Case<Color::kRed>(&Shade::red), Case<Color::kGreen>(&Shade::other));
};
struct MaybeShade {
  Color color = Color::kRed;
  uint32_t red = 0;
  static constexpr auto kUnion = Union(DefaultVoid{}, &MaybeShade::color, Case<Color::kRed>(&MaybeShade::red));
};

static_assert(Measured<Pair> && Measured<Shade> && Measured<std::optional<Pair>>);
static_assert(!Measured<List<Pair>> && !Measured<Content>);

TEST_CASE("fields are written in the order of their list, in network byte order", "[xdr]") {
  CHECK(Encoded(Pair{1, 0x0203040506070809}) == Bytes({0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_CASE("opaque data is padded with zeros to a multiple of four", "[xdr]") {
  CHECK(Encoded(String<>{"abcde"}) == Bytes({0, 0, 0, 5, 'a', 'b', 'c', 'd', 'e', 0, 0, 0}));
  CHECK(Encoded(String<>{"abcd"}) == Bytes({0, 0, 0, 4, 'a', 'b', 'c', 'd'}));
  CHECK(Encoded(String<>{""}) == Bytes({0, 0, 0, 0}));
  CHECK(Encoded(FixedOpaque<3>{}) == Bytes({0, 0, 0, 0}));
}

TEST_CASE("what is decoded points into the input", "[xdr]") {
  const auto bytes = Encoded(String<>{"text"});
  String<> text;
  REQUIRE(Decodes(bytes, text));
  CHECK(text.text == "text");
  CHECK(reinterpret_cast<const std::byte*>(text.text.data()) == bytes.data() + 4);
}

TEST_CASE("a string over its bound fails, one at it does not", "[xdr]") {
  String<4> text;
  CHECK(Decodes(Encoded(String<>{"abcd"}), text));
  CHECK_FALSE(Decodes(Encoded(String<>{"abcde"}), text));
}

TEST_CASE("a length beyond the input fails, also where its padding would wrap", "[xdr]") {
  Opaque<> opaque;
  CHECK_FALSE(Decodes(Bytes({0xff, 0xff, 0xff, 0xff}), opaque));
  CHECK_FALSE(Decodes(Bytes({0xff, 0xff, 0xff, 0xfd, 1, 2, 3, 4}), opaque));
  CHECK_FALSE(Decodes(Bytes({0, 0, 0, 3, 1, 2, 3}), opaque));
  CHECK(Decodes(Bytes({0, 0, 0, 3, 1, 2, 3, 0}), opaque));
}

TEST_CASE("after a failure nothing decodes any more", "[xdr]") {
  const auto bytes = Bytes({0, 0, 0, 2, 0, 0, 0, 1});
  Reader reader(bytes);
  CHECK_FALSE(reader.Bool());
  CHECK_FALSE(reader.ok());
  CHECK(reader.Uint32() == 0);
  CHECK(reader.remaining() == 0);
}

TEST_CASE("an enumeration takes its own values only", "[xdr]") {
  Color color;
  CHECK(Decodes(Bytes({0, 0, 0, 3}), color));
  CHECK(color == Color::kBlue);
  CHECK_FALSE(Decodes(Bytes({0, 0, 0, 0}), color));
  CHECK_FALSE(Decodes(Bytes({0, 0, 0, 4}), color));
}

TEST_CASE("a union has the arm of its discriminant", "[xdr]") {
  CHECK(Encoded(Shade{Color::kRed, 7, {}}) == Bytes({0, 0, 0, 1, 0, 0, 0, 7}));
  CHECK(Encoded(Shade{Color::kGreen, 7, {"x"}}) == Bytes({0, 0, 0, 2, 0, 0, 0, 1, 'x', 0, 0, 0}));
  const auto bytes = Bytes({0, 0, 0, 2, 0, 0, 0, 1, 'x', 0, 0, 0});
  Shade shade;
  REQUIRE(Decodes(bytes, shade));
  CHECK(shade.other.text == "x");
}

TEST_CASE("a discriminant without an arm is an error unless the default is void", "[xdr]") {
  Shade shade;
  CHECK_FALSE(Decodes(Bytes({0, 0, 0, 3}), shade));
  MaybeShade maybe;
  CHECK(Decodes(Bytes({0, 0, 0, 3}), maybe));
}

TEST_CASE("an optional is its flag, then the value", "[xdr]") {
  std::optional<uint32_t> value = 5;
  CHECK(Encoded(value) == Bytes({0, 0, 0, 1, 0, 0, 0, 5}));
  CHECK(Decodes(Bytes({0, 0, 0, 0}), value));
  CHECK_FALSE(value);
  CHECK_FALSE(Decodes(Bytes({0, 0, 0, 7}), value));
}

TEST_CASE("a list ends with FALSE, an array begins with its length", "[xdr]") {
  const std::array<uint32_t, 2> items = {8, 9};
  CHECK(Encoded(List<uint32_t>(items)) == Bytes({0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0}));
  CHECK(Encoded(Array<uint32_t>(items)) == Bytes({0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 9}));
}

TEST_CASE("a sequence is read item by item from the bytes", "[xdr]") {
  const std::array<uint32_t, 3> items = {7, 8, 9};
  const auto list_bytes = Encoded(List<uint32_t>(items));
  const auto array_bytes = Encoded(Array<uint32_t>(items));
  List<uint32_t> list;
  Array<uint32_t> array;
  REQUIRE(Decodes(list_bytes, list));
  REQUIRE(Decodes(array_bytes, array));
  std::vector<uint32_t> seen;
  list.ForEach([&](uint32_t item) { seen.push_back(item); });
  array.ForEach([&](uint32_t item) { seen.push_back(item); });
  CHECK(seen == std::vector<uint32_t>{7, 8, 9, 7, 8, 9});
  CHECK(Encoded(list) == list_bytes);
  CHECK(Encoded(array) == array_bytes);
}

TEST_CASE("an array that announces more items than the input holds fails", "[xdr]") {
  Array<uint32_t> array;
  CHECK_FALSE(Decodes(Bytes({0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1}), array));
  CHECK(array.empty());
}

TEST_CASE("content is spliced where owned, copied where borrowed, and padded as one", "[xdr]") {
  Content content;
  content.chain.Append(Buffer::Copy(base::AsBytes("abc")));
  content.chain.Append(Buffer::Borrow(base::AsBytes("de")));
  testing::WireBuffer buffer;
  Encode(buffer.writer(), content);
  CHECK(buffer.splices() == 1);
  CHECK(std::vector<std::byte>(buffer.bytes().begin(), buffer.bytes().end()) ==
        Bytes({0, 0, 0, 5, 'a', 'b', 'c', 'd', 'e', 0, 0, 0}));
}

TEST_CASE("content that lies in place already is not moved", "[xdr]") {
  testing::WireBuffer buffer(256);
  const std::span<std::byte> room = buffer.writer().Peek(4 + 3 + 1).subspan(4, 3);
  std::memcpy(room.data(), "xyz", 3);
  Content content;
  content.chain.Append(Buffer::Borrow(room));
  Encode(buffer.writer(), content);
  CHECK(std::vector<std::byte>(buffer.bytes().begin(), buffer.bytes().end()) == Bytes({0, 0, 0, 3, 'x', 'y', 'z', 0}));
}

TEST_CASE("a result has its arm for success and its arm for failure", "[xdr]") {
  using Result = ResultUnion<Color, Pair, String<>>;
  CHECK(Encoded(Result{Color{}, {1, 2}, {"no"}}).size() == 16);
  CHECK(Encoded(Result{Color::kRed, {1, 2}, {"no"}}) == Bytes({0, 0, 0, 1, 0, 0, 0, 2, 'n', 'o', 0, 0}));
}

}  // namespace
}  // namespace dittofs::xdr
