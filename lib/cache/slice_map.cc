#include "cache/slice_map.h"

#include <algorithm>
#include <cstring>

namespace dittofs::cache {

BufferChain SliceMap::Prepare(const BufferChain& content) {
  BufferChain prepared;
  for (size_t i = 0; i < content.piece_count(); ++i) {
    const Buffer& piece = content.piece(i);
    prepared.Append(!piece.owned() && piece.size() >= kKeepBytes ? Buffer::Copy(piece.bytes()) : piece);
  }
  return prepared;
}

void SliceMap::Insert(uint64_t offset, Slice slice) {
  size_bytes_ += slice.length;
  slices_.emplace(offset, std::move(slice));
}

void SliceMap::Shrink(Slice& slice, size_t cut_front, size_t length) {
  slice.begin += cut_front;
  slice.length = length;
  if (length >= slice.whole.size() / 4) return;
  slice.whole = Buffer::Copy(slice.whole.bytes().subspan(slice.begin, length));
  slice.begin = 0;
  slice.written_bytes = length;
  slice.writable = nullptr;
}

void SliceMap::Write(uint64_t offset, const BufferChain& content) {
  Erase(offset, offset + content.size_bytes());
  ++sequence_;
  for (size_t i = 0; i < content.piece_count(); ++i) {
    const Buffer& piece = content.piece(i);
    if (piece.owned() && piece.size() >= kKeepBytes) {
      Insert(offset, {piece, 0, piece.size(), piece.size(), nullptr, sequence_});
    } else {
      AppendSmall(offset, piece.bytes());
    }
    offset += piece.size();
  }
}

void SliceMap::AppendSmall(uint64_t offset, std::span<const std::byte> bytes) {
  size_t wanted_bytes = bytes.size();
  auto next = slices_.lower_bound(offset);
  if (next != slices_.begin()) {
    Slice& last = std::prev(next)->second;
    if (std::prev(next)->first + last.length == offset) {
      // What was captured must stay as it was, and what was cut off the end may still be read by somebody.
      const bool may_grow =
          last.writable && last.sequence > captured_sequence_ && last.begin + last.length == last.written_bytes;
      const size_t room = may_grow ? last.whole.size() - last.written_bytes : 0;
      const size_t fits = std::min(room, bytes.size());
      if (fits > 0) {
        std::memcpy(last.writable + last.written_bytes, bytes.data(), fits);
        last.written_bytes += fits;
        last.length += fits;
        size_bytes_ += fits;
        bytes = bytes.subspan(fits);
        offset += fits;
      }
      if (bytes.empty()) return;
      // A run in the making: room ahead doubles up to the bound.
      wanted_bytes = std::max(bytes.size(), std::min(kMaxRunBytes, 2 * last.length));
    }
  }
  Slice slice;
  slice.whole = Buffer::Allocate(wanted_bytes, &slice.writable);
  std::memcpy(slice.writable, bytes.data(), bytes.size());
  slice.length = bytes.size();
  slice.written_bytes = bytes.size();
  slice.sequence = sequence_;
  Insert(offset, std::move(slice));
}

void SliceMap::EraseUpTo(uint64_t from, uint64_t to, uint64_t sequence) {
  if (from >= to) return;
  auto at = slices_.upper_bound(from);
  if (at != slices_.begin() && std::prev(at)->first + std::prev(at)->second.length > from) --at;
  while (at != slices_.end() && at->first < to) {
    const uint64_t start = at->first;
    Slice& slice = at->second;
    if (slice.sequence > sequence) {
      ++at;
      continue;
    }
    const size_t length = slice.length;
    const size_t keep_front = from > start ? static_cast<size_t>(from - start) : 0;
    const size_t cut_end = to - start < length ? static_cast<size_t>(to - start) : length;
    size_bytes_ -= length;
    if (cut_end < length) {
      Slice rest = slice;
      Shrink(rest, cut_end, length - cut_end);
      Insert(start + cut_end, std::move(rest));
    }
    if (keep_front > 0) {
      Shrink(slice, 0, keep_front);
      size_bytes_ += keep_front;
      ++at;
    } else {
      at = slices_.erase(at);
    }
  }
}

void SliceMap::Collect(uint64_t from, uint64_t to, std::vector<Piece>& pieces) const {
  auto at = slices_.upper_bound(from);
  if (at != slices_.begin()) --at;
  for (; at != slices_.end() && at->first < to; ++at) {
    const Slice& slice = at->second;
    const uint64_t end = at->first + slice.length;
    if (end <= from) continue;
    const size_t skip = from > at->first ? static_cast<size_t>(from - at->first) : 0;
    const size_t length = static_cast<size_t>(std::min(end, to) - at->first) - skip;
    pieces.push_back({at->first + skip, slice.whole.Slice(slice.begin + skip, length)});
  }
}

uint64_t SliceMap::Capture(std::vector<Piece>& pieces) {
  pieces.reserve(pieces.size() + slices_.size());
  Collect(0, UINT64_MAX, pieces);
  captured_sequence_ = sequence_;
  return sequence_;
}

void SliceMap::Ranges(std::vector<std::pair<uint64_t, uint64_t>>& ranges) const {
  bool first = true;
  for (const auto& [offset, slice] : slices_) {
    if (!first && ranges.back().first + ranges.back().second == offset) {
      ranges.back().second += slice.length;
    } else {
      ranges.emplace_back(offset, slice.length);
    }
    first = false;
  }
}

}  // namespace dittofs::cache
