#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dittofs/buffer.h"

namespace dittofs::net {

/// Keeps large pieces of memory for reuse, so that a steady load neither allocates nor faults in fresh pages. What is
/// taken may outlive the pool. Thread-safe.
class MemoryPool {
 public:
  /// Unused memory beyond `max_kept_bytes` is given back to the system.
  explicit MemoryPool(uint64_t max_kept_bytes);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// Uninitialised memory of `size_bytes`; `*writable` may be written until the buffer is shared. It comes back here
  /// with its last reference.
  Buffer Take(size_t size_bytes, std::byte** writable);
  uint64_t kept_bytes() const noexcept;

  class Shelf;

 private:
  // Shared with every piece taken, which may live longer than the pool (a cache that keeps what a client wrote).
  const std::shared_ptr<Shelf> shelf_;
};

}  // namespace dittofs::net
