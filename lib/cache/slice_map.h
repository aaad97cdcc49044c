#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "dittofs/buffer.h"

namespace dittofs::cache {

/// Bytes of a file at an offset.
struct Piece {
  uint64_t offset = 0;
  Buffer bytes;
};

/// The dirty bytes of one file: slices that never overlap, newest wins. Owned buffers of some size are kept as they
/// are; small writes are copied, and sequential ones grow a run with room ahead, so that a file written in 4 KiB steps
/// takes a slice per megabyte. Bytes that were captured never change in memory: a run grows behind them only.
/// Not thread-safe.
class SliceMap {
 public:
  /// From this size on a buffer is kept instead of copied.
  static constexpr size_t kKeepBytes = 16 * 1024;
  /// What a slice costs beside its bytes; counted, or many tiny writes would break the byte bound.
  static constexpr size_t kSliceOverheadBytes = 160;

  /// `content` with every piece owned or small: what Write() wants. Copies borrowed pieces of kKeepBytes and more, so
  /// that Write(), which runs under a lock, does not have to.
  static BufferChain Prepare(const BufferChain& content);
  /// `content` becomes the bytes at `offset`. The end must not pass UINT64_MAX.
  void Write(uint64_t offset, const BufferChain& content);
  /// Forgets the bytes in [from, to).
  void Erase(uint64_t from, uint64_t to) { EraseUpTo(from, to, UINT64_MAX); }
  /// Forgets the bytes in [from, to) that were written before Capture() answered `sequence`.
  void EraseUpTo(uint64_t from, uint64_t to, uint64_t sequence);

  /// Appends what is dirty in [from, to), by offset.
  void Collect(uint64_t from, uint64_t to, std::vector<Piece>& pieces) const;
  /// Appends everything and answers the sequence number that tells it from what is written later.
  uint64_t Capture(std::vector<Piece>& pieces);
  /// Appends (offset, length) of every maximal run.
  void Ranges(std::vector<std::pair<uint64_t, uint64_t>>& ranges) const;

  bool empty() const noexcept { return slices_.empty(); }
  size_t slice_count() const noexcept { return slices_.size(); }
  uint64_t size_bytes() const noexcept { return size_bytes_; }
  /// size_bytes() and the overhead of the slices.
  uint64_t charge_bytes() const noexcept { return size_bytes_ + slices_.size() * kSliceOverheadBytes; }

 private:
  struct Slice {
    Buffer whole;  ///< Its memory, shared with other slices after a cut and with readers.
    size_t begin = 0;
    size_t length = 0;
    size_t written_bytes = 0;       ///< Of `whole`; behind it is room to grow, if `writable`.
    std::byte* writable = nullptr;  ///< Start of `whole` if this map allocated it.
    uint64_t sequence = 0;          ///< Of the write that made it.
  };
  using Slices = std::map<uint64_t, Slice>;

  static constexpr size_t kMaxRunBytes = 1024 * 1024;

  void AppendSmall(uint64_t offset, std::span<const std::byte> bytes);
  void Insert(uint64_t offset, Slice slice);
  /// Makes `at` begin or end somewhere else; a small rest of large memory is copied so that the memory can go.
  static void Shrink(Slice& slice, size_t cut_front, size_t length);

  Slices slices_;
  uint64_t size_bytes_ = 0;
  uint64_t sequence_ = 0;
  uint64_t captured_sequence_ = 0;
};

}  // namespace dittofs::cache
