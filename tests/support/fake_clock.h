#pragma once

#include <atomic>
#include <cstdint>

#include "dittofs/environment.h"

namespace dittofs::test {

/// Time that goes on when it is told to.
class FakeClock final : public Clock {
 public:
  Timestamp Now() override {
    const uint64_t now = MonotonicNanoseconds();
    return {static_cast<int64_t>(kStartSeconds + now / 1'000'000'000), static_cast<uint32_t>(now % 1'000'000'000)};
  }
  uint64_t MonotonicNanoseconds() override { return nanoseconds_.load(); }
  void AdvanceMs(uint64_t milliseconds) { nanoseconds_.fetch_add(milliseconds * 1'000'000); }

 private:
  static constexpr uint64_t kStartSeconds = 1'700'000'000;
  std::atomic<uint64_t> nanoseconds_{1};
};

}  // namespace dittofs::test
