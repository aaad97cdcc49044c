#include "net/output.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dittofs::net {
namespace {

constexpr size_t kUsualSegments = 256;

}  // namespace

size_t SegmentBytes(std::span<const OutputBatch::Segment> segments) noexcept {
  size_t size_bytes = 0;
  for (const OutputBatch::Segment& segment : segments) size_bytes += segment.size_bytes;
  return size_bytes;
}

OutputBatch::OutputBatch(MemoryPool& pool) : pool_(pool), memory_(pool.Take(kMemoryBytes, &memory_bytes_)) {
  segments_.reserve(kUsualSegments);
  Reset();
}

OutputBatch::Mark OutputBatch::Begin() {
  if (room().size() < kHeadroomBytes) Grow(kHeadroomBytes);
  return Mark{segments_.size(), closed_bytes_, run_, position_, limit_};
}

void OutputBatch::Rollback(const Mark& mark) noexcept {
  if (mark.limit != limit_) {
    // The reply moved on to further memory, which the mark is not in.
    run_owner_ = Buffer();
    for (const Buffer& memory : further_memory_) {
      if (memory.data() + memory.size() == mark.limit) run_owner_ = memory;
    }
  }
  while (segments_.size() > mark.segments) segments_.pop_back();
  closed_bytes_ = mark.closed_bytes;
  run_ = mark.run;
  position_ = mark.position;
  limit_ = mark.limit;
}

void OutputBatch::CloseRun() {
  if (position_ == run_) return;
  const size_t size_bytes = static_cast<size_t>(position_ - run_);
  segments_.push_back({run_, size_bytes, run_owner_});
  closed_bytes_ += size_bytes;
  run_ = position_;
}

void OutputBatch::Grow(size_t size_bytes) {
  CloseRun();
  size_bytes = std::max(size_bytes, kMemoryBytes);
  std::byte* bytes = nullptr;
  further_memory_.push_back(pool_.Take(size_bytes, &bytes));
  run_owner_ = further_memory_.back();
  run_ = position_ = bytes;
  limit_ = bytes + size_bytes;
}

void OutputBatch::Splice(Buffer buffer) {
  if (buffer.empty()) return;
  CloseRun();
  closed_bytes_ += buffer.size();
  const std::byte* bytes = buffer.data();
  const size_t size_bytes = buffer.size();
  segments_.push_back({bytes, size_bytes, std::move(buffer)});
}

void OutputBatch::CopySince(const Mark& mark, std::byte* to) const noexcept {
  const auto copy = [&to](const std::byte* bytes, size_t size_bytes) {
    std::memcpy(to, bytes, size_bytes);
    to += size_bytes;
  };
  // The first segment closed after the mark may have begun before it.
  size_t skip_bytes = static_cast<size_t>(mark.position - mark.run);
  for (size_t i = mark.segments; i < segments_.size(); ++i) {
    copy(segments_[i].bytes + skip_bytes, segments_[i].size_bytes - skip_bytes);
    skip_bytes = 0;
  }
  if (position_ != run_) copy(run_ + skip_bytes, static_cast<size_t>(position_ - run_) - skip_bytes);
}

std::vector<OutputBatch::Segment> OutputBatch::TakeBefore(Mark* mark) {
  const size_t begun_bytes = static_cast<size_t>(mark->position - mark->run);
  const auto end = segments_.begin() + static_cast<ptrdiff_t>(mark->segments);
  std::vector<Segment> before(std::make_move_iterator(segments_.begin()), std::make_move_iterator(end));
  segments_.erase(segments_.begin(), end);
  closed_bytes_ -= mark->closed_bytes;
  if (begun_bytes > 0 && segments_.empty()) {
    before.push_back({run_, begun_bytes, run_owner_});
    run_ += begun_bytes;
  } else if (begun_bytes > 0) {
    // The reply closed the run already that the mark lies in.
    Segment& first = segments_.front();
    before.push_back({first.bytes, begun_bytes, first.owner});
    first.bytes += begun_bytes;
    first.size_bytes -= begun_bytes;
    closed_bytes_ -= begun_bytes;
    if (first.size_bytes == 0) segments_.erase(segments_.begin());
  }
  *mark = Mark{0, 0, mark->position, mark->position, mark->limit};
  return before;
}

std::span<const OutputBatch::Segment> OutputBatch::Close() {
  CloseRun();
  return segments_;
}

void OutputBatch::Reset() noexcept {
  segments_.clear();
  further_memory_.clear();
  run_owner_ = Buffer();
  closed_bytes_ = 0;
  run_ = position_ = memory_bytes_;
  limit_ = memory_bytes_ + kMemoryBytes;
}

OutputQueue::Piece OutputQueue::MakePiece(const OutputBatch::Segment& segment, size_t skip_bytes,
                                          size_t capacity_bytes) {
  Piece piece;
  const size_t size_bytes = segment.size_bytes - skip_bytes;
  if (segment.owner.owned() && size_bytes > kCopyBytes / 4) {
    piece.memory = Buffer::Share(*segment.owner.owner(), {segment.bytes + skip_bytes, size_bytes});
  } else {
    piece.memory = Buffer::Allocate(std::max(size_bytes, capacity_bytes), &piece.writable);
    std::memcpy(piece.writable, segment.bytes + skip_bytes, size_bytes);
  }
  piece.end = size_bytes;
  return piece;
}

void OutputQueue::Append(std::span<const OutputBatch::Segment> segments, size_t skip_bytes) {
  for (const OutputBatch::Segment& segment : segments) {
    if (skip_bytes >= segment.size_bytes) {
      skip_bytes -= segment.size_bytes;
      continue;
    }
    const size_t size_bytes = segment.size_bytes - skip_bytes;
    Piece* last = pieces_.empty() ? nullptr : &pieces_.back();
    if (last != nullptr && last->writable != nullptr && size_bytes <= last->memory.size() - last->end) {
      std::memcpy(last->writable + last->end, segment.bytes + skip_bytes, size_bytes);
      last->end += size_bytes;
    } else {
      pieces_.push_back(MakePiece(segment, skip_bytes, kCopyBytes));
    }
    size_bytes_ += size_bytes;
    skip_bytes = 0;
  }
}

void OutputQueue::Prepend(std::span<const OutputBatch::Segment> segments, size_t skip_bytes) {
  std::vector<Piece> pieces;
  for (const OutputBatch::Segment& segment : segments) {
    if (skip_bytes >= segment.size_bytes) {
      skip_bytes -= segment.size_bytes;
      continue;
    }
    pieces.push_back(MakePiece(segment, skip_bytes, pieces_.empty() ? kCopyBytes : 0));
    size_bytes_ += segment.size_bytes - skip_bytes;
    skip_bytes = 0;
  }
  pieces_.insert(pieces_.begin(), std::make_move_iterator(pieces.begin()), std::make_move_iterator(pieces.end()));
}

size_t OutputQueue::FillVectors(std::span<iovec, kMaxVectors> vectors) const noexcept {
  size_t count = 0;
  for (const Piece& piece : pieces_) {
    if (count == vectors.size()) break;
    vectors[count++] = {const_cast<std::byte*>(piece.memory.data() + piece.begin), piece.end - piece.begin};
  }
  return count;
}

void OutputQueue::Consume(size_t size_bytes) noexcept {
  size_bytes_ -= size_bytes;
  while (size_bytes > 0) {
    Piece& piece = pieces_.front();
    const size_t taken = std::min(size_bytes, piece.end - piece.begin);
    piece.begin += taken;
    size_bytes -= taken;
    if (piece.begin == piece.end) pieces_.pop_front();
  }
}

}  // namespace dittofs::net
