#include "payload/flush_plan.h"

#include <algorithm>
#include <cstring>

namespace dittofs::payload {
namespace {

constexpr uint32_t kMaxSharedRunBytes = 256 * 1024;
/// A smaller piece may be a corner of large memory that the cache would keep alive.
constexpr size_t kMinBytesWithoutCopy = 1024 * 1024;

/// A contiguous run inside one 4 MiB region: pieces [first, last).
struct Run {
  uint64_t offset = 0;
  uint32_t length = 0;
  std::vector<Buffer> pieces;
};

std::vector<Run> CutIntoRuns(std::span<const cache::Piece> captured) {
  std::vector<Run> runs;
  for (const cache::Piece& piece : captured) {
    size_t done = 0;
    while (done < piece.bytes.size()) {
      const uint64_t offset = piece.offset + done;
      const uint64_t region_left = kMaxBlockBytes - offset % kMaxBlockBytes;
      const size_t length = std::min<size_t>(piece.bytes.size() - done, static_cast<size_t>(region_left));
      const bool continues =
          !runs.empty() && runs.back().offset + runs.back().length == offset && offset % kMaxBlockBytes != 0;
      if (!continues) runs.push_back({offset, 0, {}});
      runs.back().pieces.push_back(piece.bytes.Slice(done, length));
      runs.back().length += static_cast<uint32_t>(length);
      done += length;
    }
  }
  return runs;
}

}  // namespace

std::vector<PlannedBlock> PlanBlocks(std::span<const cache::Piece> captured) {
  std::vector<PlannedBlock> blocks;
  bool may_share = false;  // whether the last block takes further small runs
  for (Run& run : CutIntoRuns(captured)) {
    const bool small = run.length <= kMaxSharedRunBytes;
    const bool shares = small && may_share && blocks.back().size_bytes + run.length <= kMaxBlockBytes;
    if (!shares) blocks.emplace_back();
    may_share = small;
    PlannedBlock& block = blocks.back();
    block.ranges.push_back({run.offset, run.length, BlockId(), block.size_bytes});
    block.size_bytes += run.length;
    for (Buffer& piece : run.pieces) block.pieces.push_back(std::move(piece));
  }
  return blocks;
}

Buffer Assemble(const PlannedBlock& block) {
  if (block.pieces.size() == 1 && block.pieces[0].size() >= kMinBytesWithoutCopy) return block.pieces[0];
  std::byte* to = nullptr;
  Buffer whole = Buffer::Allocate(block.size_bytes, &to);
  for (const Buffer& piece : block.pieces) {
    std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  }
  return whole;
}

}  // namespace dittofs::payload
