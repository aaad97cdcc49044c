#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "dittofs/ids.h"

namespace dittofs::metadata {

/// What a store keeps per share while it is open, found without a lock. Shares are never removed.
template <typename State>
class ShareMap {
 public:
  ShareMap() = default;
  ~ShareMap() {
    for (std::atomic<Slot*>& bucket : buckets_) {
      for (Slot* slot = bucket.load(); slot != nullptr;) delete std::exchange(slot, slot->next);
    }
  }
  ShareMap(const ShareMap&) = delete;
  ShareMap& operator=(const ShareMap&) = delete;

  /// Null if there is none. Thread-safe, also against Add().
  State* Find(ShareId share) const noexcept {
    for (const Slot* slot = buckets_[share.value % kBuckets].load(std::memory_order_acquire); slot != nullptr;
         slot = slot->next) {
      if (slot->share == share) return slot->state.get();
    }
    return nullptr;
  }
  /// Not for a share that is there, and not at the same time as another Add().
  State* Add(ShareId share, std::unique_ptr<State> state) {
    std::atomic<Slot*>& bucket = buckets_[share.value % kBuckets];
    State* added = state.get();
    bucket.store(new Slot{share, std::move(state), bucket.load(std::memory_order_relaxed)}, std::memory_order_release);
    return added;
  }

 private:
  static constexpr size_t kBuckets = 256;
  struct Slot {
    ShareId share;
    std::unique_ptr<State> state;
    Slot* next;
  };
  std::array<std::atomic<Slot*>, kBuckets> buckets_{};
};

}  // namespace dittofs::metadata
