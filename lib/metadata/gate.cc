#include "metadata/gate.h"

#include <algorithm>
#include <utility>

namespace dittofs::metadata {

struct GateTable::Waiter {
  GateMode mode;
  bool admitted = false;
  Waiter* next = nullptr;
  base::CondVar wake;
};

struct GateTable::Gate {
  uint64_t key = 0;
  uint32_t shared = 0;
  bool update = false;
  bool exclusive = false;
  Waiter* first = nullptr;
  Waiter* last = nullptr;
  Gate* next = nullptr;
};

struct alignas(64) GateTable::Stripe {
  base::Mutex mutex;  // rank: leaf
  Gate* active GUARDED_BY(mutex) = nullptr;
  // At most as many as were ever active at once: bounded by the threads.
  Gate* unused GUARDED_BY(mutex) = nullptr;
};

GateTable::GateTable() : stripes_(std::make_unique<Stripe[]>(kStripes)) {}

GateTable::~GateTable() {
  for (size_t i = 0; i < kStripes; ++i) {
    base::MutexLock lock(stripes_[i].mutex);
    for (Gate* list : {stripes_[i].active, stripes_[i].unused}) {
      while (list) delete std::exchange(list, list->next);
    }
  }
}

GateTable::Stripe& GateTable::StripeOf(uint64_t key) noexcept {
  return stripes_[MixWords(key, 0x9e3779b97f4a7c15u) % kStripes];
}

bool GateTable::Admits(const Gate& gate, GateMode mode) noexcept {
  if (gate.exclusive) return false;
  switch (mode) {
    case GateMode::kShared:
      return true;
    case GateMode::kUpdate:
      return !gate.update;
    case GateMode::kExclusive:
      return !gate.update && gate.shared == 0;
  }
  return false;
}

void GateTable::Enter(Gate& gate, GateMode mode) noexcept {
  switch (mode) {
    case GateMode::kShared:
      ++gate.shared;
      break;
    case GateMode::kUpdate:
      gate.update = true;
      break;
    case GateMode::kExclusive:
      gate.exclusive = true;
      break;
  }
}

void GateTable::Acquire(const CallContext& context, uint64_t key, GateMode mode) {
  Stripe& stripe = StripeOf(key);
  Waiter waiter{.mode = mode, .wake = {}};
  {
    base::MutexLock lock(stripe.mutex);
    Gate* gate = stripe.active;
    while (gate && gate->key != key) gate = gate->next;
    if (!gate) {
      if (stripe.unused) {
        gate = std::exchange(stripe.unused, stripe.unused->next);
      } else {
        gate = new Gate();
      }
      gate->key = key;
      gate->next = stripe.active;
      stripe.active = gate;
    }
    if (!gate->first && Admits(*gate, mode)) {
      Enter(*gate, mode);
      return;
    }
    (gate->last ? gate->last->next : gate->first) = &waiter;
    gate->last = &waiter;
  }
  context.WillBlock();
  base::MutexLock lock(stripe.mutex);
  while (!waiter.admitted) waiter.wake.Wait(stripe.mutex);
}

void GateTable::Release(uint64_t key, GateMode mode) noexcept {
  Stripe& stripe = StripeOf(key);
  base::MutexLock lock(stripe.mutex);
  Gate** link = &stripe.active;
  while ((*link)->key != key) link = &(*link)->next;
  Gate& gate = **link;
  switch (mode) {
    case GateMode::kShared:
      --gate.shared;
      break;
    case GateMode::kUpdate:
      gate.update = false;
      break;
    case GateMode::kExclusive:
      gate.exclusive = false;
      break;
  }
  while (gate.first && Admits(gate, gate.first->mode)) {
    Waiter* waiter = std::exchange(gate.first, gate.first->next);
    if (!gate.first) gate.last = nullptr;
    Enter(gate, waiter->mode);
    waiter->admitted = true;
    waiter->wake.NotifyOne();
  }
  if (gate.shared == 0 && !gate.update && !gate.exclusive) {
    *link = gate.next;
    gate.next = stripe.unused;
    stripe.unused = &gate;
  }
}

void GateHolder::AcquireSorted(Request* requests, size_t count) {
  std::sort(requests, requests + count,
            [](const Request& a, const Request& b) { return a.key != b.key ? a.key < b.key : a.mode > b.mode; });
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && requests[i].key == requests[i - 1].key) continue;  // the stronger mode came first
    table_.Acquire(context_, requests[i].key, requests[i].mode);
    held_[held_count_++] = requests[i];
  }
}

void GateHolder::ReleaseAll() noexcept {
  while (held_count_ > 0) {
    const Request& request = held_[--held_count_];
    table_.Release(request.key, request.mode);
  }
}

}  // namespace dittofs::metadata
