#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace dittofs::base {

/// One thread sleeps until another lets it go. A futex and nothing else: std::atomic::wait() yields the processor
/// several times before it sleeps, which under load is a change of threads each. Thread-safe for one Park() and one
/// Unpark() at a time.
class Parker {
 public:
  Parker() = default;
  Parker(const Parker&) = delete;
  Parker& operator=(const Parker&) = delete;

  /// Takes back an Unpark() that nobody waited for.
  void Reset() noexcept { unparked_.store(0, std::memory_order_relaxed); }
  /// Returns when Unpark() was called since Reset().
  void Park() noexcept {
    while (unparked_.load(std::memory_order_acquire) == 0) {
      // Fails at once if Unpark() came first; signals and stray wake-ups are why this is a loop.
      ::syscall(SYS_futex, &unparked_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    }
  }
  /// What happened before is seen by the thread that returns from Park(). The parker may be gone as soon as that one
  /// returns: its address is only a number then, and waking nobody does no harm.
  void Unpark() noexcept {
    unparked_.store(1, std::memory_order_release);
    ::syscall(SYS_futex, &unparked_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }

 private:
  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  std::atomic<uint32_t> unparked_{0};
};

}  // namespace dittofs::base
