#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cache/slice_map.h"
#include "dittofs/buffer.h"
#include "dittofs/metadata_store.h"

namespace dittofs::payload {

/// What one read needs besides its bytes. Kept from read to read, so that a read of cached bytes allocates nothing.
struct ReadScratch {
  /// A stretch of the answer: bytes, or zeros where `bytes` is empty.
  struct Segment {
    size_t length = 0;
    Buffer bytes;
  };
  std::vector<cache::Piece> dirty;
  std::vector<Extent> extents;
  std::vector<Segment> segments;

  void Clear() noexcept {
    dirty.clear();
    extents.clear();
    segments.clear();
  }
};

/// Idle scratches, at most kSlots. Thread-safe, without locks.
class ReadScratchPool {
 public:
  ~ReadScratchPool() {
    for (std::atomic<ReadScratch*>& slot : slots_) delete slot.load();
  }

  /// Borrows a scratch for the life of this object.
  class Lease {
   public:
    explicit Lease(ReadScratchPool& pool) : pool_(pool), scratch_(pool.Take()) {}
    ~Lease() { pool_.GiveBack(std::move(scratch_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ReadScratch& operator*() noexcept { return *scratch_; }

   private:
    ReadScratchPool& pool_;
    std::unique_ptr<ReadScratch> scratch_;
  };

 private:
  static constexpr size_t kSlots = 32;
  /// A larger vector is not worth keeping.
  static constexpr size_t kMaxKeptEntries = 4096;

  /// Threads start their search at different slots: their stacks are at different addresses.
  static size_t FirstSlot() noexcept {
    const char here = 0;
    const auto page = reinterpret_cast<uintptr_t>(&here) >> 16;
    return static_cast<size_t>((page * 0x9E3779B97F4A7C15u) >> 32) % kSlots;
  }
  std::unique_ptr<ReadScratch> Take() {
    const size_t first = FirstSlot();
    for (size_t i = 0; i < kSlots; ++i) {
      std::atomic<ReadScratch*>& slot = slots_[(first + i) % kSlots];
      if (slot.load(std::memory_order_relaxed) == nullptr) continue;
      if (ReadScratch* scratch = slot.exchange(nullptr, std::memory_order_acquire)) {
        return std::unique_ptr<ReadScratch>(scratch);
      }
    }
    return std::make_unique<ReadScratch>();
  }
  void GiveBack(std::unique_ptr<ReadScratch> scratch) noexcept {
    scratch->Clear();
    if (scratch->dirty.capacity() + scratch->extents.capacity() + scratch->segments.capacity() > kMaxKeptEntries)
      return;
    const size_t first = FirstSlot();
    for (size_t i = 0; i < kSlots; ++i) {
      ReadScratch* expected = nullptr;
      if (slots_[(first + i) % kSlots].compare_exchange_strong(expected, scratch.get(), std::memory_order_release,
                                                               std::memory_order_relaxed)) {
        scratch.release();
        return;
      }
    }
  }

  std::array<std::atomic<ReadScratch*>, kSlots> slots_{};
};

}  // namespace dittofs::payload
