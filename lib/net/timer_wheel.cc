#include "net/timer_wheel.h"

#include <algorithm>

namespace dittofs::net {

TimerWheel::TimerWheel(uint64_t now_ns) noexcept : tick_(TickOf(now_ns)) {
  for (TimerNode& slot : slots_) slot.previous = slot.next = &slot;
  due_.previous = due_.next = &due_;
}

void TimerWheel::Link(TimerNode& list, TimerNode& node) noexcept {
  node.previous = list.previous;
  node.next = &list;
  list.previous->next = &node;
  list.previous = &node;
}

void TimerWheel::Unlink(TimerNode& node) noexcept {
  node.previous->next = node.next;
  node.next->previous = node.previous;
  node.previous = node.next = nullptr;
}

void TimerWheel::Arm(TimerNode& node, uint64_t deadline_ns) noexcept {
  if (node.armed()) Disarm(node);
  node.deadline_ns = deadline_ns;
  const uint64_t tick = std::max(TickOf(deadline_ns) + 1, tick_ + 1);
  Link(slots_[tick % kSlots], node);
  if (count_++ == 0) next_look_ns_ = UINT64_MAX;
  next_look_ns_ = std::min(next_look_ns_, tick * kTickNs);
}

void TimerWheel::Disarm(TimerNode& node) noexcept {
  if (!node.armed()) return;
  Unlink(node);
  --count_;
}

TimerNode* TimerWheel::TakeDue(uint64_t now_ns) noexcept {
  const uint64_t now_tick = TickOf(now_ns);
  if (now_tick > tick_) {
    const uint64_t first = now_tick - tick_ >= kSlots ? now_tick - kSlots + 1 : tick_ + 1;
    for (uint64_t tick = first; tick <= now_tick; ++tick) {
      TimerNode& slot = slots_[tick % kSlots];
      for (TimerNode* node = slot.next; node != &slot;) {
        TimerNode* next = node->next;
        if (node->deadline_ns <= now_ns) {
          Unlink(*node);
          Link(due_, *node);
        }
        node = next;
      }
    }
    tick_ = now_tick;
    FindNextLook();
  }
  if (due_.next == &due_) return nullptr;
  TimerNode* node = due_.next;
  Unlink(*node);
  --count_;
  return node;
}

void TimerWheel::FindNextLook() noexcept {
  next_look_ns_ = UINT64_MAX;
  for (uint64_t tick = tick_ + 1; tick <= tick_ + kSlots; ++tick) {
    const TimerNode& slot = slots_[tick % kSlots];
    if (slot.next == &slot) continue;
    next_look_ns_ = tick * kTickNs;
    return;
  }
}

}  // namespace dittofs::net
