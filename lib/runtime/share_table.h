#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "dittofs/runtime.h"

namespace dittofs::runtime {

inline constexpr size_t kMaxShares = 1024;          ///< Exported at one time.
inline constexpr size_t kMaxRetainedShares = 8192;  ///< With removed ones, which live as long as their Runtime.

/// Shares by id, for every request: an open-addressed table that only grows, so that Find() takes no lock. A slot is
/// taken over by another share only when its own is removed, which is the answer its handles get then anyway.
class ShareTable {
 public:
  /// The share, also if it is removed by now; or null. Thread-safe; no lock, no allocation.
  Share* Find(ShareId id) const noexcept {
    for (size_t probe = 0, slot = Slot(id); probe < kSlots; ++probe, slot = (slot + 1) % kSlots) {
      Share* share = slots_[slot].load(std::memory_order_acquire);
      if (share == nullptr) return nullptr;
      if (share->id() == id) return share;
    }
    return nullptr;
  }
  /// Enters `share`, in the place of a removed one of its id if there is one. At most kMaxShares may be there that are
  /// not removed. One thread at a time.
  void Insert(Share& share) noexcept {
    std::atomic<Share*>* place = nullptr;
    for (size_t probe = 0, slot = Slot(share.id()); probe < kSlots; ++probe, slot = (slot + 1) % kSlots) {
      Share* there = slots_[slot].load(std::memory_order_relaxed);
      if (there != nullptr && there->id() == share.id()) {
        place = &slots_[slot];
        break;
      }
      if (place == nullptr && (there == nullptr || there->removed())) place = &slots_[slot];
      if (there == nullptr) break;
    }
    place->store(&share, std::memory_order_release);
  }

 private:
  static constexpr size_t kSlots = 2 * kMaxShares;
  static size_t Slot(ShareId id) noexcept { return (id.value * 0x9E3779B1u) >> 21; }
  static_assert(kSlots == size_t{1} << (32 - 21));

  std::array<std::atomic<Share*>, kSlots> slots_{};
};

}  // namespace dittofs::runtime
