#pragma once

#include <atomic>
#include <cstdint>

#include "dittofs/environment.h"

namespace dittofs::state {

/// The time after an unclean start in which clients take back what they held and nobody gets anything new (RFC 1813's
/// NLM appendix; RFC 7530 §9.6.2). One for the whole server. Thread-safe.
class GracePeriod {
 public:
  /// `clock` must outlive this. Not in grace until Begin().
  explicit GracePeriod(Clock& clock) noexcept : clock_(clock) {}

  void Begin(uint32_t duration_ms) noexcept {
    end_ns_.store(clock_.MonotonicNanoseconds() + uint64_t{duration_ms} * 1'000'000u, std::memory_order_release);
  }
  /// Ends it at once: every client that held something has taken it back, or the operator says so.
  void End() noexcept { end_ns_.store(0, std::memory_order_release); }
  bool active() const noexcept {
    const uint64_t end_ns = end_ns_.load(std::memory_order_acquire);
    return end_ns != 0 && clock_.MonotonicNanoseconds() < end_ns;
  }
  /// 0 when it is over.
  uint32_t remaining_ms() const noexcept {
    const uint64_t end_ns = end_ns_.load(std::memory_order_acquire);
    const uint64_t now_ns = end_ns == 0 ? 0 : clock_.MonotonicNanoseconds();
    return end_ns > now_ns ? static_cast<uint32_t>((end_ns - now_ns + 999'999) / 1'000'000) : 0;
  }

 private:
  Clock& clock_;
  std::atomic<uint64_t> end_ns_{0};
};

}  // namespace dittofs::state
