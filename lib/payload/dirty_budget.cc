#include "payload/dirty_budget.h"

#include <algorithm>
#include <chrono>

namespace dittofs::payload {
namespace {

/// A waiting writer reminds the listeners this often: a flush that failed is worth another try.
constexpr std::chrono::milliseconds kRemindEvery{100};

}  // namespace

bool DirtyBudget::TryTake(uint64_t bytes, bool* passed_half) noexcept {
  uint64_t used = used_bytes_.load();
  do {
    if (used > max_bytes_ || bytes > max_bytes_ - used) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes));
  *passed_half = used <= max_bytes_ / 2 && used + bytes > max_bytes_ / 2;
  return true;
}

Status DirtyBudget::Take(const CallContext& context, uint64_t bytes) {
  bool passed_half = false;
  if (TryTake(bytes, &passed_half)) {
    if (passed_half) TellListeners();
    return {};
  }
  if (bytes > max_bytes_) return ErrorCode::kTooSmall;
  context.WillBlock();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(max_wait_ms_);
  bool taken = false;
  waiters_.fetch_add(1);
  while (true) {
    TellListeners();
    base::MutexLock lock(mutex_);
    taken = TryTake(bytes, &passed_half);
    const auto now = std::chrono::steady_clock::now();
    if (taken || now >= deadline) break;
    room_made_.WaitUntil(mutex_, std::min(deadline, now + kRemindEvery));
  }
  waiters_.fetch_sub(1);
  if (!taken) return Status(ErrorCode::kNoSpace, "no room for written bytes: the stores do not take them fast enough");
  return {};
}

void DirtyBudget::GiveBack(uint64_t bytes) noexcept {
  used_bytes_.fetch_sub(bytes);
  if (waiters_.load() == 0) return;
  base::MutexLock lock(mutex_);
  room_made_.NotifyAll();
}

void DirtyBudget::TellListeners() {
  base::MutexLock lock(listeners_mutex_);
  for (PressureListener* listener : listeners_) listener->OnPressure();
}

void DirtyBudget::AddListener(PressureListener& listener) {
  base::MutexLock lock(listeners_mutex_);
  listeners_.push_back(&listener);
}

void DirtyBudget::RemoveListener(PressureListener& listener) {
  base::MutexLock lock(listeners_mutex_);
  std::erase(listeners_, &listener);
}

}  // namespace dittofs::payload
