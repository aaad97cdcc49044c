#include "xdr/fields.h"

#include "catch.h"
#include "support/wire_buffer.h"

namespace dittofs::xdr {
namespace {

using dittofs::testing::Encoded;

enum class Colour : uint32_t { kRed = 1, kBlue = 3 };
constexpr bool IsDefined(Colour colour) {
  return colour == Colour::kRed || colour == Colour::kBlue;
}

struct Point {
  uint32_t x = 0, y = 0;
  static constexpr auto kFields = Fields(&Point::x, &Point::y);
};
struct Shape {
  Colour colour = Colour::kRed;
  String<8> name;
  std::optional<Point> centre;
  Array<Point> corners;
  List<Point> holes;
  static constexpr auto kFields = Fields(&Shape::colour, &Shape::name, &Shape::centre, &Shape::corners, &Shape::holes);
};

std::vector<std::byte> Example() {
  static constexpr Point kCorners[] = {{1, 2}, {3, 4}};
  static constexpr Point kHoles[] = {{5, 6}};
  Shape shape;
  shape.colour = Colour::kBlue;
  shape.name.text = "square";
  shape.centre = Point{7, 8};
  shape.corners = std::span<const Point>(kCorners);
  shape.holes = std::span<const Point>(kHoles);
  return Encoded(shape);
}

TEST_CASE("xdr fields: what is encoded is decoded") {
  const auto bytes = Example();
  // colour, name, centre, corners, holes
  REQUIRE(bytes.size() == 4 + 12 + 12 + 20 + 16);
  Reader reader(bytes);
  Shape shape;
  Decode(reader, shape);
  REQUIRE(reader.Finished());
  CHECK(shape.colour == Colour::kBlue);
  CHECK(shape.name.text == "square");
  REQUIRE(shape.centre.has_value());
  CHECK(shape.centre->y == 8);
  uint32_t sum = 0;
  shape.corners.ForEach([&](const Point& point) { sum = sum * 10 + point.x * point.y; });
  CHECK(sum == 32);
  shape.holes.ForEach([&](const Point& point) { sum = point.x * point.y; });
  CHECK(sum == 30);
  CHECK(shape.holes.size() == 1);
}

TEST_CASE("xdr fields: a decoded message encodes to the same bytes") {
  const auto bytes = Example();
  Reader reader(bytes);
  Shape shape;
  Decode(reader, shape);
  CHECK(Encoded(shape) == bytes);
}

TEST_CASE("xdr fields: a message cut anywhere fails") {
  const auto bytes = Example();
  for (size_t size = 0; size < bytes.size(); ++size) {
    Reader reader(std::span<const std::byte>(bytes).first(size));
    Shape shape;
    Decode(reader, shape);
    REQUIRE_FALSE(reader.ok());
  }
}

TEST_CASE("xdr fields: an enumeration's undefined value fails") {
  auto bytes = Example();
  bytes[3] = std::byte{2};
  Reader reader(bytes);
  Shape shape;
  Decode(reader, shape);
  CHECK_FALSE(reader.ok());
}

TEST_CASE("xdr fields: a string over its maximum fails") {
  auto bytes = Example();
  bytes[7] = std::byte{9};
  Reader reader(bytes);
  Shape shape;
  Decode(reader, shape);
  CHECK_FALSE(reader.ok());
}

TEST_CASE("xdr fields: an array that announces more than there is fails") {
  auto bytes = Example();
  bytes[28] = std::byte{0xff};  // the count of the corners
  Reader reader(bytes);
  Shape shape;
  Decode(reader, shape);
  CHECK_FALSE(reader.ok());
  CHECK(shape.corners.empty());
}

}  // namespace
}  // namespace dittofs::xdr
