#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "dittofs/buffer.h"
#include "net/memory_pool.h"

namespace dittofs::net {

/// Replies on their way out, encoded one after another: runs of bytes in memory of its own with owned buffers between
/// them, in order. Reused from batch to batch without allocating. Not thread-safe; passed between threads as a whole.
class OutputBatch {
 public:
  /// Enough for dozens of small replies; what is beyond takes further memory from the pool.
  static constexpr size_t kMemoryBytes = 128 * 1024;
  /// Reply heads are written without asking for room: Begin() sees to it that so much is there.
  static constexpr size_t kHeadroomBytes = 1024;

  struct Segment {
    const std::byte* bytes;
    size_t size_bytes;
    Buffer owner;  ///< Empty: the bytes lie in the batch's own memory and must be copied to outlive it.
  };
  /// A position between two replies.
  struct Mark {
    size_t segments = 0;
    size_t closed_bytes = 0;
    std::byte* run = nullptr;
    std::byte* position = nullptr;
    std::byte* limit = nullptr;
  };

  explicit OutputBatch(MemoryPool& pool);
  OutputBatch(const OutputBatch&) = delete;
  OutputBatch& operator=(const OutputBatch&) = delete;

  /// Where a reply starts. kHeadroomBytes of room follow.
  Mark Begin();
  /// Forgets everything after `mark`, the latest Begin().
  void Rollback(const Mark& mark) noexcept;

  /// The room for what comes next; Reach() says how far it was used.
  std::span<std::byte> room() const noexcept { return {position_, static_cast<size_t>(limit_ - position_)}; }
  void Reach(std::byte* position) noexcept { position_ = position; }
  /// Makes contiguous room for at least `size_bytes`; what was written stays where it is.
  void Grow(size_t size_bytes);
  /// An owned buffer as the next bytes.
  void Splice(Buffer buffer);

  size_t size_bytes() const noexcept { return closed_bytes_ + static_cast<size_t>(position_ - run_); }
  size_t size_since(const Mark& mark) const noexcept {
    return size_bytes() - mark.closed_bytes - static_cast<size_t>(mark.position - mark.run);
  }
  /// Copies what follows `mark`; `to` holds size_since(mark).
  void CopySince(const Mark& mark, std::byte* to) const noexcept;
  bool empty() const noexcept { return size_bytes() == 0; }

  /// Takes out everything before `mark`, to be sent before the batch is changed again. The batch then starts at the
  /// mark, which is corrected.
  std::vector<Segment> TakeBefore(Mark* mark);
  /// Everything, to be sent now; nothing may be added before Reset().
  std::span<const Segment> Close();
  /// Empties the batch for reuse.
  void Reset() noexcept;

 private:
  void CloseRun();

  MemoryPool& pool_;
  std::byte* memory_bytes_ = nullptr;  // set while memory_ is made, hence before it
  Buffer memory_;
  std::vector<Segment> segments_;
  std::vector<Buffer> further_memory_;
  Buffer run_owner_;  // of the memory that the current run lies in; empty if it is memory_
  size_t closed_bytes_ = 0;
  std::byte* run_ = nullptr;
  std::byte* position_ = nullptr;
  std::byte* limit_ = nullptr;
};

/// Bytes a client has not taken yet, copied or shared, so that they need no batch. Not thread-safe, with one exception:
/// while one thread sends what FillVectors() gave, others may append.
class OutputQueue {
 public:
  static constexpr size_t kMaxVectors = 64;

  /// Appends `segments` without their first `skip_bytes`.
  void Append(std::span<const OutputBatch::Segment> segments, size_t skip_bytes = 0);
  /// The same before everything else.
  void Prepend(std::span<const OutputBatch::Segment> segments, size_t skip_bytes);
  /// The first bytes, as many as fit into kMaxVectors; the count is the result.
  size_t FillVectors(std::span<iovec, kMaxVectors> vectors) const noexcept;
  void Consume(size_t size_bytes) noexcept;
  size_t size_bytes() const noexcept { return size_bytes_; }
  bool empty() const noexcept { return size_bytes_ == 0; }

 private:
  static constexpr size_t kCopyBytes = 16 * 1024;
  struct Piece {
    Buffer memory;
    std::byte* writable = nullptr;  // null: shared, nothing may be appended to it
    size_t begin = 0;
    size_t end = 0;
  };
  static Piece MakePiece(const OutputBatch::Segment& segment, size_t skip_bytes, size_t capacity_bytes);

  std::deque<Piece> pieces_;
  size_t size_bytes_ = 0;
};

/// Total of `segments`.
size_t SegmentBytes(std::span<const OutputBatch::Segment> segments) noexcept;

}  // namespace dittofs::net
