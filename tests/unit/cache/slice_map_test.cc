#include "cache/slice_map.h"

#include <optional>
#include <random>
#include <string>

#include "base/bytes.h"
#include "catch.h"
#include "seed.h"

namespace {

using dittofs::Buffer;
using dittofs::BufferChain;
using dittofs::base::AsBytes;
using dittofs::cache::Piece;
using dittofs::cache::SliceMap;

BufferChain Chain(std::string_view text) {
  return BufferChain(Buffer::Borrow(AsBytes(text)));
}

/// What is dirty in [0, size), '.' where nothing is.
std::string Show(const SliceMap& slices, size_t size) {
  std::string shown(size, '.');
  std::vector<Piece> pieces;
  slices.Collect(0, size, pieces);
  for (const Piece& piece : pieces) {
    const auto text = dittofs::base::AsText(piece.bytes.bytes());
    shown.replace(piece.offset, text.size(), text);
  }
  return shown;
}

}  // namespace

TEST_CASE("slices: the newest write wins where two overlap") {
  SliceMap slices;
  slices.Write(2, Chain("aaaaaa"));
  slices.Write(4, Chain("BB"));
  CHECK(Show(slices, 10) == "..aaBBaa..");
  slices.Write(0, Chain("ccc"));
  CHECK(Show(slices, 10) == "cccaBBaa..");
  slices.Write(7, Chain("ddd"));
  CHECK(Show(slices, 10) == "cccaBBaddd");
  CHECK(slices.size_bytes() == 10);
}

TEST_CASE("slices: erasing cuts slices at both ends") {
  SliceMap slices;
  slices.Write(0, Chain("abcdefghij"));
  slices.Erase(3, 6);
  CHECK(Show(slices, 10) == "abc...ghij");
  slices.Erase(8, UINT64_MAX);
  CHECK(Show(slices, 10) == "abc...gh..");
  CHECK(slices.size_bytes() == 5);
}

TEST_CASE("slices: sequential small writes take a slice per run, not per write") {
  SliceMap slices;
  const std::string block(4096, 'x');
  for (uint64_t i = 0; i < 4096; ++i) slices.Write(i * 4096, Chain(block));
  CHECK(slices.size_bytes() == 16u << 20);
  CHECK(slices.slice_count() < 40);
}

TEST_CASE("slices: a large owned buffer is kept without a copy") {
  SliceMap slices;
  std::byte* memory = nullptr;
  const Buffer large = Buffer::Allocate(64 * 1024, &memory);
  std::fill_n(memory, 64 * 1024, std::byte{1});
  slices.Write(100, BufferChain(large));
  std::vector<Piece> pieces;
  slices.Collect(0, UINT64_MAX, pieces);
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].bytes.data() == large.data());
}

TEST_CASE("slices: borrowed memory is never kept") {
  SliceMap slices;
  std::string text(64 * 1024, 'x');
  slices.Write(0, SliceMap::Prepare(Chain(text)));
  text.assign(text.size(), 'y');
  CHECK(Show(slices, 4) == "xxxx");
}

TEST_CASE("slices: what was captured does not change when the run goes on") {
  SliceMap slices;
  slices.Write(0, Chain("abcd"));
  slices.Write(4, Chain("efgh"));  // room ahead
  std::vector<Piece> captured;
  const uint64_t sequence = slices.Capture(captured);
  slices.Write(8, Chain("ijkl"));
  CHECK(captured.back().offset + captured.back().bytes.size() == 8);
  // A flush forgets the whole stretch that it stored, gaps included; what came into a gap meanwhile must stay.
  slices.EraseUpTo(0, 100, sequence);
  CHECK(Show(slices, 12) == "........ijkl");
}

TEST_CASE("slices: forgetting what was captured leaves what was overwritten since") {
  SliceMap slices;
  slices.Write(0, Chain("aaaaaaaa"));
  std::vector<Piece> captured;
  const uint64_t sequence = slices.Capture(captured);
  slices.Write(3, Chain("BB"));
  slices.EraseUpTo(0, 8, sequence);
  CHECK(Show(slices, 8) == "...BB...");
}

TEST_CASE("slices: a small rest does not keep large memory alive") {
  SliceMap slices;
  std::byte* memory = nullptr;
  Buffer large = Buffer::Allocate(1 << 20, &memory);
  std::fill_n(memory, 1 << 20, std::byte{1});
  dittofs::BufferOwner* owner = large.owner();
  slices.Write(0, BufferChain(large));
  CHECK_FALSE(owner->unique());
  slices.Erase(10, UINT64_MAX);
  CHECK(owner->unique());
  CHECK(slices.size_bytes() == 10);
}

TEST_CASE("slices: adjacent slices are one range") {
  SliceMap slices;
  slices.Write(10, Chain("abc"));
  slices.Write(0, Chain("abc"));
  slices.Write(3, Chain("abc"));
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  slices.Ranges(ranges);
  CHECK(ranges == std::vector<std::pair<uint64_t, uint64_t>>{{0, 6}, {10, 3}});
}

TEST_CASE("slices: thousands of random operations against an array of bytes") {
  const uint64_t seed = dittofs::test::Seed();
  INFO("TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr size_t kSize = 200'000;
  struct Byte {
    char value = '.';
    bool captured = false;
  };
  std::vector<Byte> model(kSize);
  SliceMap slices;
  std::optional<uint64_t> captured_sequence;
  for (int step = 0; step < 6000; ++step) {
    const size_t from = random() % kSize;
    const size_t max_length = random() % 8 == 0 ? 60'000 : 3000;
    const size_t to = std::min<size_t>(kSize, from + 1 + random() % max_length);
    switch (random() % 8) {
      case 0: {
        slices.Erase(from, to);
        for (size_t i = from; i < to; ++i) model[i] = {};
        break;
      }
      case 1: {
        if (random() % 4 != 0) break;
        std::vector<Piece> pieces;
        captured_sequence = slices.Capture(pieces);
        for (Byte& byte : model) byte.captured = byte.value != '.';
        break;
      }
      case 2: {
        if (!captured_sequence) break;
        slices.EraseUpTo(from, to, *captured_sequence);
        for (size_t i = from; i < to; ++i) {
          if (model[i].captured) model[i] = {};
        }
        break;
      }
      default: {
        const char letter = static_cast<char>('a' + random() % 26);
        const std::string text(to - from, letter);
        BufferChain content;
        if (random() % 2 == 0) {
          content.Append(Buffer::Copy(AsBytes(text)));
        } else {
          content.Append(Buffer::Borrow(AsBytes(text)));
        }
        slices.Write(from, SliceMap::Prepare(content));
        for (size_t i = from; i < to; ++i) model[i] = {letter, false};
        break;
      }
    }
    if (step % 50 != 0) continue;
    std::string expected;
    uint64_t dirty = 0;
    for (const Byte& byte : model) {
      expected.push_back(byte.value);
      dirty += byte.value != '.';
    }
    REQUIRE(Show(slices, kSize) == expected);
    REQUIRE(slices.size_bytes() == dirty);
  }
}
