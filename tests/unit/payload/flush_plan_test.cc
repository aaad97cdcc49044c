#include "payload/flush_plan.h"

#include "catch.h"

namespace {

using dittofs::Buffer;
using dittofs::kMaxBlockBytes;
using dittofs::cache::Piece;
using dittofs::payload::PlanBlocks;
using dittofs::payload::PlannedBlock;

constexpr uint64_t kKiB = 1024;

Piece PieceAt(uint64_t offset, uint64_t length) {
  std::byte* memory = nullptr;
  Buffer buffer = Buffer::Allocate(length, &memory);
  std::fill_n(memory, length, std::byte{1});
  return {offset, buffer};
}

}  // namespace

TEST_CASE("flush plan: nothing captured, nothing planned") {
  CHECK(PlanBlocks({}).empty());
}

TEST_CASE("flush plan: adjacent pieces become one run") {
  const std::vector<Piece> pieces = {PieceAt(0, 100), PieceAt(100, 50)};
  const auto blocks = PlanBlocks(pieces);
  REQUIRE(blocks.size() == 1);
  REQUIRE(blocks[0].ranges.size() == 1);
  CHECK(blocks[0].ranges[0].length == 150);
  CHECK(blocks[0].pieces.size() == 2);
}

TEST_CASE("flush plan: a piece over a 4 MiB boundary is cut there") {
  const std::vector<Piece> pieces = {PieceAt(kMaxBlockBytes - 300 * kKiB, 600 * kKiB)};
  const auto blocks = PlanBlocks(pieces);
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].size_bytes == 300 * kKiB);
  CHECK(blocks[1].ranges[0].offset == kMaxBlockBytes);
}

TEST_CASE("flush plan: small runs with gaps share a block, in order, each at its place in it") {
  const std::vector<Piece> pieces = {PieceAt(0, 10), PieceAt(100, 20), PieceAt(9'000'000, 30)};
  const auto blocks = PlanBlocks(pieces);
  REQUIRE(blocks.size() == 1);
  REQUIRE(blocks[0].ranges.size() == 3);
  CHECK(blocks[0].ranges[1].block_offset == 10);
  CHECK(blocks[0].ranges[2].block_offset == 30);
  CHECK(blocks[0].size_bytes == 60);
}

TEST_CASE("flush plan: large runs have blocks of their own and the plan stays in file order") {
  const std::vector<Piece> pieces = {PieceAt(0, 10), PieceAt(1000 * kKiB, 500 * kKiB), PieceAt(3000 * kKiB, 10)};
  const auto blocks = PlanBlocks(pieces);
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[1].size_bytes == 500 * kKiB);
  uint64_t end = 0;
  for (const PlannedBlock& block : blocks) {
    for (const auto& range : block.ranges) {
      CHECK(range.offset >= end);
      end = range.offset + range.length;
    }
  }
}

TEST_CASE("flush plan: a shared block never passes 4 MiB") {
  std::vector<Piece> pieces;
  for (uint64_t i = 0; i < 40; ++i) pieces.push_back(PieceAt(i * 300 * kKiB, 200 * kKiB));
  uint64_t total = 0;
  for (const PlannedBlock& block : PlanBlocks(pieces)) {
    CHECK(block.size_bytes <= kMaxBlockBytes);
    total += block.size_bytes;
  }
  CHECK(total == 40 * 200 * kKiB);
}
