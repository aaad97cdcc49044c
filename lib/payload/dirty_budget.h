#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "dittofs/file_system.h"
#include "dittofs/payload_service.h"
#include "dittofs/status.h"

namespace dittofs::payload {

/// How many bytes may be dirty at once, and the queue of those who want more. Thread-safe.
class DirtyBudget {
 public:
  DirtyBudget(uint64_t max_bytes, uint32_t max_wait_ms) : max_bytes_(max_bytes), max_wait_ms_(max_wait_ms) {}

  /// Takes `bytes`; waits (bounded) while there is no room. kNoSpace if none was made in time, kTooSmall if there never
  /// could be.
  Status Take(const CallContext& context, uint64_t bytes);
  /// Takes what a caller that holds locks needs at once, beyond the bound if must be.
  void TakeUnchecked(uint64_t bytes) noexcept { used_bytes_.fetch_add(bytes); }
  void GiveBack(uint64_t bytes) noexcept;

  uint64_t used_bytes() const noexcept { return used_bytes_.load(std::memory_order_relaxed); }
  bool UnderPressure() const noexcept { return used_bytes() > max_bytes_ / 2; }

  void AddListener(PressureListener& listener) EXCLUDES(listeners_mutex_);
  void RemoveListener(PressureListener& listener) EXCLUDES(listeners_mutex_);

 private:
  bool TryTake(uint64_t bytes, bool* passed_half) noexcept;
  void TellListeners() EXCLUDES(listeners_mutex_);

  const uint64_t max_bytes_;
  const uint32_t max_wait_ms_;
  std::atomic<uint64_t> used_bytes_{0};
  std::atomic<uint32_t> waiters_{0};
  base::Mutex mutex_;  // rank: leaf; only those who wait and who wake them take it
  base::CondVar room_made_;
  base::Mutex listeners_mutex_;  // rank 7; held while a listener is told; listeners call nothing back
  std::vector<PressureListener*> listeners_ GUARDED_BY(listeners_mutex_);
};

}  // namespace dittofs::payload
