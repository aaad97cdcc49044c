#pragma once

#include <cstddef>
#include <cstdint>

#include "dittofs/metadata_store.h"

namespace dittofs::memory_store {

/// An InodeRecord in 88 bytes plus a tail for what most files lack (directory fields, device, create verifier, times
/// outside 1698..2242). The file number is the key of the table and not repeated. Made by New(), freed by Delete().
class InodeNode {
 public:
  static InodeNode* New(const InodeRecord& record);
  static void Delete(InodeNode* node) noexcept;

  /// Whether Assign(record) can keep this allocation.
  bool SameShape(const InodeRecord& record) const noexcept { return ShapeOf(record) == shape_; }
  /// Everything but the versions. Needs SameShape().
  void Assign(const InodeRecord& record) noexcept;
  void Load(FileNumber number, InodeRecord& record) const noexcept;
  size_t size_bytes() const noexcept { return sizeof(InodeNode) + TailBytes(shape_); }

  /// Changes with everything but merged deltas; never the same again for another file of the shard.
  uint32_t identity = 0;
  /// Changes with every change.
  uint32_t content = 0;

 private:
  // Bits of shape_: which parts the tail has, in this order.
  static constexpr uint8_t kDirectory = 1;  ///< parent, entry_count
  static constexpr uint8_t kDevice = 2;
  static constexpr uint8_t kVerifier = 4;
  static constexpr uint8_t kWideTimes = 8;

  static uint8_t ShapeOf(const InodeRecord& record) noexcept;
  static size_t TailBytes(uint8_t shape) noexcept;
  std::byte* tail() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  const std::byte* tail() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }

  uint64_t size_;
  uint64_t used_;
  uint64_t change_;
  uint64_t times_[4];  ///< atime, mtime, ctime, btime: seconds in the upper 34 bits, nanoseconds in the lower 30.
  uint32_t mode_;
  uint32_t uid_;
  uint32_t gid_;
  uint32_t link_count_;
  uint32_t flags_;
  FileType type_;
  uint8_t shape_;
};
static_assert(sizeof(InodeNode) == 88);

}  // namespace dittofs::memory_store
