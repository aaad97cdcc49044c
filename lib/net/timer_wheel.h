#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dittofs::net {

/// What can wait for a time; a member or base of its owner. Must be disarmed before it is destroyed.
struct TimerNode {
  TimerNode* previous = nullptr;
  TimerNode* next = nullptr;
  uint64_t deadline_ns = 0;
  bool armed() const noexcept { return next != nullptr; }
};

/// Coarse timers for many owners: arming and disarming cost a few instructions and no memory. A node expires up to one
/// tick late, never early. Meant to be lazy: who is found to have been busy meanwhile is armed again. Not thread-safe.
class TimerWheel {
 public:
  static constexpr uint64_t kTickNs = 250'000'000;

  explicit TimerWheel(uint64_t now_ns) noexcept;
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  void Arm(TimerNode& node, uint64_t deadline_ns) noexcept;
  void Disarm(TimerNode& node) noexcept;

  /// Takes out one node that is due, or null.
  TimerNode* TakeDue(uint64_t now_ns) noexcept;
  /// When to look again: never later than the first deadline + kTickNs. UINT64_MAX: nothing is armed.
  uint64_t next_look_ns() const noexcept { return count_ == 0 ? UINT64_MAX : next_look_ns_; }

 private:
  static constexpr size_t kSlots = 256;
  static uint64_t TickOf(uint64_t time_ns) noexcept { return time_ns / kTickNs; }
  static void Link(TimerNode& list, TimerNode& node) noexcept;
  static void Unlink(TimerNode& node) noexcept;
  void FindNextLook() noexcept;

  std::array<TimerNode, kSlots> slots_;  // rings; a node lies in the slot of the first tick at or after its deadline
  TimerNode due_;                        // a ring, too
  uint64_t tick_;                        // the last one looked at
  uint64_t next_look_ns_ = UINT64_MAX;
  size_t count_ = 0;
};

}  // namespace dittofs::net
