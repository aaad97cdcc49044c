#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cache/slice_map.h"
#include "dittofs/block_store.h"
#include "dittofs/buffer.h"
#include "dittofs/metadata_store.h"

namespace dittofs::payload {

/// A block to be stored: its content in pieces, and where in the file it goes. `ranges[i].block` is set when the
/// content has been hashed.
struct PlannedBlock {
  std::vector<Buffer> pieces;
  uint32_t size_bytes = 0;
  std::vector<Extent> ranges;  ///< By offset; each has its place in the block.
};

/// Cuts captured bytes (by offset, not overlapping) into blocks, by file offset: at every multiple of 4 MiB, so that
/// equal files give equal blocks wherever they were written from. Runs of up to 256 KiB that follow each other with
/// gaps between them share one block, so that scattered writes do not cost an object each.
std::vector<PlannedBlock> PlanBlocks(std::span<const cache::Piece> captured);

/// The whole content in one buffer: the piece itself if there is one large one, else a copy.
Buffer Assemble(const PlannedBlock& block);

}  // namespace dittofs::payload
