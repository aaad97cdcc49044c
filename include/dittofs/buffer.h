#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dittofs/export.h"

namespace dittofs {

/// Memory with a reference count. Whoever lends bytes without copying them (a cache, a receive buffer, an application)
/// derives from it; Destroy() is called once, by whichever thread drops the last reference.
class DITTOFS_EXPORT BufferOwner {
 public:
  BufferOwner(const BufferOwner&) = delete;
  BufferOwner& operator=(const BufferOwner&) = delete;

  void AddReference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy();
  }
  /// True if the caller holds the only reference, and so may write to the memory.
  bool unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

 protected:
  BufferOwner() = default;  ///< Starts with one reference, which the creator holds.
  virtual ~BufferOwner() = default;
  virtual void Destroy() noexcept = 0;

 private:
  std::atomic<uint32_t> references_{1};
};

/// A run of immutable bytes. *Owned* buffers share their memory by reference count and may be kept and passed between
/// threads. *Borrowed* ones (no owner) are only valid until the call that they were passed to returns: copy to keep.
class DITTOFS_EXPORT Buffer {
 public:
  Buffer() noexcept = default;
  ~Buffer() {
    if (owner_) owner_->Release();
  }
  Buffer(const Buffer& other) noexcept : owner_(other.owner_), bytes_(other.bytes_) {
    if (owner_) owner_->AddReference();
  }
  Buffer(Buffer&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)), bytes_(std::exchange(other.bytes_, {})) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  /// Bytes that stay valid for the current call only.
  static Buffer Borrow(std::span<const std::byte> bytes) noexcept { return Buffer(nullptr, bytes); }
  /// Takes over one reference of `owner`.
  static Buffer Adopt(BufferOwner* owner, std::span<const std::byte> bytes) noexcept { return Buffer(owner, bytes); }
  /// Adds a reference of its own to `owner`.
  static Buffer Share(BufferOwner& owner, std::span<const std::byte> bytes) noexcept {
    owner.AddReference();
    return Buffer(&owner, bytes);
  }
  /// An owned copy of `bytes`.
  static Buffer Copy(std::span<const std::byte> bytes);
  /// `size_bytes` of owned, uninitialised memory; `*writable` points to it and may be written until the buffer is
  /// shared.
  static Buffer Allocate(size_t size_bytes, std::byte** writable);

  const std::byte* data() const noexcept { return bytes_.data(); }
  size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }
  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  bool owned() const noexcept { return owner_ != nullptr; }
  BufferOwner* owner() const noexcept { return owner_; }

  /// The same memory from `offset`, `length` bytes long. The range must lie inside.
  Buffer Slice(size_t offset, size_t length) const noexcept {
    if (owner_) owner_->AddReference();
    return Buffer(owner_, bytes_.subspan(offset, length));
  }

 private:
  Buffer(BufferOwner* owner, std::span<const std::byte> bytes) noexcept : owner_(owner), bytes_(bytes) {}
  BufferOwner* owner_ = nullptr;
  std::span<const std::byte> bytes_;
};

/// A sequence of buffers that is read as one. Up to kInline pieces take no allocation. Not thread-safe.
class DITTOFS_EXPORT BufferChain {
 public:
  static constexpr size_t kInlinePieces = 4;

  BufferChain() = default;
  explicit BufferChain(Buffer piece) { Append(std::move(piece)); }

  void Append(Buffer piece) {
    if (piece.empty()) return;
    size_bytes_ += piece.size();
    if (count_ < kInlinePieces) {
      inline_[count_++] = std::move(piece);
    } else {
      more_.push_back(std::move(piece));
      ++count_;
    }
  }
  size_t size_bytes() const noexcept { return size_bytes_; }
  bool empty() const noexcept { return size_bytes_ == 0; }
  size_t piece_count() const noexcept { return count_; }
  const Buffer& piece(size_t index) const noexcept {
    return index < kInlinePieces ? inline_[index] : more_[index - kInlinePieces];
  }
  /// Copies everything to `to`, which must hold size_bytes().
  void CopyTo(std::byte* to) const noexcept {
    for (size_t i = 0; i < count_; ++i) {
      std::memcpy(to, piece(i).data(), piece(i).size());
      to += piece(i).size();
    }
  }
  /// Drops the last `size_bytes` of the last piece, which must hold that many.
  void TrimLast(size_t size_bytes) noexcept {
    Buffer& last = count_ <= kInlinePieces ? inline_[count_ - 1] : more_.back();
    last = last.Slice(0, last.size() - size_bytes);
    size_bytes_ -= size_bytes;
    if (!last.empty()) return;
    if (count_ > kInlinePieces) more_.pop_back();
    --count_;
  }
  void Clear() noexcept {
    for (size_t i = 0; i < count_ && i < kInlinePieces; ++i) inline_[i] = Buffer();
    more_.clear();
    count_ = 0;
    size_bytes_ = 0;
  }

 private:
  std::array<Buffer, kInlinePieces> inline_;
  std::vector<Buffer> more_;
  size_t count_ = 0;
  size_t size_bytes_ = 0;
};

/// Where a read puts its bytes, in order: either copied into room that the protocol provides (its send buffer, for
/// small reads), or lent as owned buffers (for large ones). A file system may mix both. Not thread-safe.
class DITTOFS_EXPORT ReadContent {
 public:
  /// From this size on, lending a buffer is cheaper than copying it.
  static constexpr size_t kLendThresholdBytes = 16 * 1024;

  ReadContent() = default;
  /// `room` is used by Extend() as long as it lasts; it must outlive this object.
  explicit ReadContent(std::span<std::byte> room) noexcept : room_(room) {}

  /// Contiguous writable space for the next `size_bytes` bytes, which count as read at once. Every byte must be written
  /// before the call returns to the protocol (use Shorten() if fewer were found).
  std::span<std::byte> Extend(size_t size_bytes);
  /// Takes back the last `size_bytes` given out by the last Extend().
  void Shorten(size_t size_bytes) noexcept;
  /// Appends a copy of `bytes`.
  void Append(std::span<const std::byte> bytes);
  /// Appends an owned buffer without copying it.
  void Lend(Buffer buffer) { chain_.Append(std::move(buffer)); }
  /// Appends `size_bytes` zeros.
  void AppendZeros(size_t size_bytes);

  size_t size_bytes() const noexcept { return chain_.size_bytes(); }
  /// The pieces, in order. Those inside `room` are borrowed from it.
  const BufferChain& chain() const noexcept { return chain_; }
  void Clear() noexcept;

 private:
  std::span<std::byte> room_;
  size_t room_used_ = 0;
  BufferChain chain_;
};

}  // namespace dittofs
