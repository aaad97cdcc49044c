#include "onc_rpc/record_mark.h"

#include "catch.h"
#include "rpc_peer.h"

namespace dittofs::onc_rpc::testing {
namespace {

using Kind = net::Frame::Kind;
constexpr size_t kMaxBytes = 10'000;

/// `content` as one record cut into fragments of the given lengths; what is left over becomes the last one.
std::vector<std::byte> Fragments(std::span<const std::byte> content, std::span<const size_t> lengths) {
  Wire wire;
  for (const size_t length : lengths) {
    wire.Word(static_cast<uint32_t>(length)).Bytes(content.first(length));
    content = content.subspan(length);
  }
  wire.Word(kLastFragment | static_cast<uint32_t>(content.size())).Bytes(content);
  return wire.bytes();
}

std::vector<std::byte> Counting(size_t size) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + 1);
  return bytes;
}

bool Same(std::span<const std::byte> a, std::span<const std::byte> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

/// Feeds `record` as a connection does: never more than was asked for, at most `step` bytes more at a time.
net::Frame FeedInSteps(std::span<const std::byte> record, size_t step) {
  net::FrameState state;
  size_t have = 0;
  for (;;) {
    const net::Frame frame = FindRecord(record.first(have), kMaxBytes, state);
    if (frame.kind != Kind::kIncomplete) return frame;
    REQUIRE(frame.size_bytes > have);
    REQUIRE(frame.size_bytes <= record.size());
    have = std::min(have + step, frame.size_bytes);
  }
}

TEST_CASE("onc_rpc record: however it arrives, its end is found and its fragments are joined") {
  const auto content = Counting(60);
  const std::vector<std::vector<size_t>> cuts{{}, {0}, {60}, {1, 1, 1}, {0, 0, 20, 0, 39}, {59}, {4, 4, 4, 4, 4}};
  for (const auto& cut : cuts) {
    const auto record = Fragments(content, cut);
    for (size_t step = 1; step <= record.size(); ++step) {
      const net::Frame frame = FeedInSteps(record, step);
      REQUIRE(frame.kind == Kind::kMessage);
      REQUIRE(frame.size_bytes == record.size());
    }
    auto joined = record;
    REQUIRE(Same(JoinFragments(joined), content));
  }
}

TEST_CASE("onc_rpc record: what follows it is left alone") {
  auto bytes = Fragments(Counting(20), std::vector<size_t>{8});
  const size_t size = bytes.size();
  bytes.resize(size + 13);
  net::FrameState state;
  CHECK(FindRecord(bytes, kMaxBytes, state).size_bytes == size);
}

TEST_CASE("onc_rpc record: the bound counts content, to the byte") {
  net::FrameState state;
  CHECK(FindRecord(Wire().Word(kLastFragment | kMaxBytes).bytes(), kMaxBytes, state).kind == Kind::kIncomplete);
  state = {};
  CHECK(FindRecord(Wire().Word(kLastFragment | (kMaxBytes + 1)).bytes(), kMaxBytes, state).kind == Kind::kBroken);
}

TEST_CASE("onc_rpc record: fragments that only together exceed the bound are refused before the last is there") {
  const auto first = Counting(kMaxBytes);
  Wire wire;
  wire.Word(kMaxBytes).Bytes(first).Word(1);
  net::FrameState state;
  CHECK(FindRecord(wire.bytes(), kMaxBytes, state).kind == Kind::kBroken);
}

TEST_CASE("onc_rpc record: a length of all ones is refused") {
  net::FrameState state;
  CHECK(FindRecord(Wire().Word(0xffff'ffff).bytes(), kMaxBytes, state).kind == Kind::kBroken);
  state = {};
  CHECK(FindRecord(Wire().Word(0x7fff'ffff).bytes(), kMaxBytes, state).kind == Kind::kBroken);
}

TEST_CASE("onc_rpc record: ten thousand fragments of one byte are one record") {
  const auto content = Counting(kMaxBytes);
  auto record = Fragments(content, std::vector<size_t>(kMaxBytes - 1, 1));
  net::FrameState state;
  const net::Frame frame = FindRecord(record, kMaxBytes, state);
  REQUIRE(frame.kind == Kind::kMessage);
  CHECK(Same(JoinFragments(record), content));
}

TEST_CASE("onc_rpc record: empty fragments without end are refused") {
  Wire wire;
  for (uint32_t i = 0; i <= kMaxFragmentsPerRecord; ++i) wire.Word(0);
  net::FrameState state;
  CHECK(FindRecord(wire.bytes(), kMaxBytes, state).kind == Kind::kBroken);
}

TEST_CASE("onc_rpc record: an empty one is a message of no bytes") {
  auto record = Wire().Word(kLastFragment).bytes();
  net::FrameState state;
  CHECK(FindRecord(record, kMaxBytes, state).size_bytes == 4);
  CHECK(JoinFragments(record).empty());
}

}  // namespace
}  // namespace dittofs::onc_rpc::testing
