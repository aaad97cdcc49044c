#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "dittofs/environment.h"

namespace dittofs::test {

/// Time that goes on when it is told to.
class FakeClock final : public Clock {
 public:
  Timestamp Now() override {
    const uint64_t now = nanoseconds_.load();
    return {static_cast<int64_t>(kStartSeconds + now / 1'000'000'000), static_cast<uint32_t>(now % 1'000'000'000)};
  }
  uint64_t MonotonicNanoseconds() override {
    std::function<void()> hook;
    {
      std::lock_guard lock(mutex_);
      hook = std::exchange(on_monotonic_, nullptr);
    }
    if (hook) hook();
    return nanoseconds_.load();
  }
  /// Called once, when the monotonic time is next asked for.
  void OnMonotonic(std::function<void()> hook) {
    std::lock_guard lock(mutex_);
    on_monotonic_ = std::move(hook);
  }
  void AdvanceMs(uint64_t milliseconds) { nanoseconds_.fetch_add(milliseconds * 1'000'000); }

 private:
  static constexpr uint64_t kStartSeconds = 1'700'000'000;
  std::atomic<uint64_t> nanoseconds_{1};
  std::mutex mutex_;
  std::function<void()> on_monotonic_;
};

}  // namespace dittofs::test
