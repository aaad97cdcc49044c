#include "dittofs/buffer.h"

#include <new>

namespace dittofs {
namespace {

/// Header and bytes in one allocation.
class HeapBytes final : public BufferOwner {
 public:
  static HeapBytes* Make(size_t size_bytes, std::byte** bytes) {
    void* memory = ::operator new(kHeaderBytes + size_bytes);
    *bytes = static_cast<std::byte*>(memory) + kHeaderBytes;
    return new (memory) HeapBytes();
  }

 private:
  static constexpr size_t kHeaderBytes = 64;  // payload starts on a cache line of its own
  HeapBytes() = default;
  void Destroy() noexcept override {
    this->~HeapBytes();
    ::operator delete(static_cast<void*>(this));
  }
};

}  // namespace

Buffer Buffer::Allocate(size_t size_bytes, std::byte** writable) {
  HeapBytes* owner = HeapBytes::Make(size_bytes, writable);
  return Adopt(owner, {*writable, size_bytes});
}

Buffer Buffer::Copy(std::span<const std::byte> bytes) {
  std::byte* writable = nullptr;
  Buffer buffer = Allocate(bytes.size(), &writable);
  if (!bytes.empty()) std::memcpy(writable, bytes.data(), bytes.size());
  return buffer;
}

std::span<std::byte> ReadContent::Extend(size_t size_bytes) {
  if (size_bytes <= room_.size() - room_used_) {
    std::span<std::byte> space = room_.subspan(room_used_, size_bytes);
    room_used_ += size_bytes;
    chain_.Append(Buffer::Borrow(space));
    return space;
  }
  std::byte* writable = nullptr;
  chain_.Append(Buffer::Allocate(size_bytes, &writable));
  return {writable, size_bytes};
}

void ReadContent::Shorten(size_t size_bytes) noexcept {
  if (size_bytes > 0) chain_.TrimLast(size_bytes);
}

void ReadContent::Append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  std::span<std::byte> space = Extend(bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
}

void ReadContent::AppendZeros(size_t size_bytes) {
  if (size_bytes == 0) return;
  std::span<std::byte> space = Extend(size_bytes);
  std::memset(space.data(), 0, space.size());
}

void ReadContent::Clear() noexcept {
  chain_.Clear();
  room_used_ = 0;
}

}  // namespace dittofs
