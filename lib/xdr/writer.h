#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "dittofs/buffer.h"

namespace dittofs::xdr {

/// Zero bytes that follow `length` bytes of opaque data (RFC 4506 §3).
constexpr size_t Padding(size_t length) noexcept {
  return (4 - (length & 3)) & 3;
}

class Writer;

/// Where a Writer's bytes go when its room is used up, and how buffers are put between them without a copy.
class WriterTarget {
 public:
  /// Gives `writer` room for at least `size_bytes` contiguous bytes by Writer::SetRoom(). What was written stays.
  virtual void Grow(Writer& writer, size_t size_bytes) = 0;
  /// Puts `buffer` (owned) after what was written so far.
  virtual void Splice(Writer& writer, Buffer buffer) = 0;

 protected:
  ~WriterTarget() = default;
};

/// Appends XDR (RFC 4506) to a target. Everything small is inline and a bounds check; nothing allocates while the room
/// lasts. Not thread-safe.
class Writer {
 public:
  explicit Writer(WriterTarget& target) noexcept : target_(target) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Uint32(uint32_t value) {
    Need(4);
    base::StoreBigEndian(position_, value);
    position_ += 4;
  }
  void Int32(int32_t value) { Uint32(static_cast<uint32_t>(value)); }
  void Uint64(uint64_t value) {
    Need(8);
    base::StoreBigEndian(position_, value);
    position_ += 8;
  }
  void Bool(bool value) { Uint32(value ? 1 : 0); }
  /// opaque[n]: bytes and padding.
  void FixedOpaque(std::span<const std::byte> bytes) {
    const size_t padding = Padding(bytes.size());
    Need(bytes.size() + padding);
    if (!bytes.empty()) std::memcpy(position_, bytes.data(), bytes.size());
    position_ += bytes.size();
    if (padding > 0) std::memset(position_, 0, padding);  // with nothing to write there may be no room at all
    position_ += padding;
  }
  /// opaque<>: length, bytes and padding.
  void Opaque(std::span<const std::byte> bytes) {
    Uint32(static_cast<uint32_t>(bytes.size()));
    FixedOpaque(bytes);
  }
  void String(std::string_view text) { Opaque(base::AsBytes(text)); }
  /// opaque<> of a whole chain: owned pieces are spliced in, borrowed ones copied, except one that lies in place
  /// already (see Peek()).
  void Content(const BufferChain& chain) {
    Uint32(static_cast<uint32_t>(chain.size_bytes()));
    for (size_t i = 0; i < chain.piece_count(); ++i) {
      const Buffer& piece = chain.piece(i);
      if (piece.owned()) {
        target_.Splice(*this, piece);
      } else if (piece.data() == position_ && piece.size() <= room()) {
        position_ += piece.size();
      } else {
        Need(piece.size());
        std::memmove(position_, piece.data(), piece.size());
        position_ += piece.size();
      }
    }
    const size_t padding = Padding(chain.size_bytes());
    Need(padding);
    if (padding > 0) std::memset(position_, 0, padding);  // with nothing to write there may be no room at all
    position_ += padding;
  }

  /// The next `size_bytes` of contiguous room, to be filled in place; nothing is written yet. The pointer stays good as
  /// long as no more than that is written.
  std::span<std::byte> Peek(size_t size_bytes) {
    Need(size_bytes);
    return {position_, size_bytes};
  }
  /// Counts `size_bytes` of peeked room as written.
  void Advance(size_t size_bytes) noexcept { position_ += size_bytes; }

  // For targets.
  std::byte* position() const noexcept { return position_; }
  size_t room() const noexcept { return static_cast<size_t>(limit_ - position_); }
  void SetRoom(std::span<std::byte> room) noexcept {
    position_ = room.data();
    limit_ = room.data() + room.size();
  }

 private:
  void Need(size_t size_bytes) {
    if (room() < size_bytes) [[unlikely]]
      target_.Grow(*this, size_bytes);
  }
  WriterTarget& target_;
  std::byte* position_ = nullptr;
  std::byte* limit_ = nullptr;
};

}  // namespace dittofs::xdr
