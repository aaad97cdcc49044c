#include "state/change_notification.h"

#include <algorithm>
#include <utility>

namespace dittofs::state {

uint64_t ChangeHub::Subscribe(FileNumber directory, ChangeKind kinds, std::weak_ptr<ChangeListener> listener) {
  base::MutexLock hold(mutex_);
  if (subscriptions_.size() >= max_subscriptions_) return 0;
  const uint64_t id = next_++;
  Subscription subscription;
  subscription.id = id;
  subscription.kinds = kinds;
  subscription.listener = std::move(listener);
  directories_[directory].push_back(std::move(subscription));
  subscriptions_.emplace(id, directory);
  return id;
}

void ChangeHub::Unsubscribe(uint64_t subscription) {
  base::MutexLock hold(mutex_);
  const auto found = subscriptions_.find(subscription);
  if (found == subscriptions_.end()) return;
  const auto directory = directories_.find(found->second);
  std::erase_if(directory->second, [&](const Subscription& candidate) { return candidate.id == subscription; });
  if (directory->second.empty()) directories_.erase(directory);
  subscriptions_.erase(found);
}

void ChangeHub::Publish(ChangeKind kind, FileNumber directory, std::string_view name, FileNumber file) {
  std::vector<std::pair<std::shared_ptr<ChangeListener>, uint64_t>> calls;
  {
    base::MutexLock hold(mutex_);
    const auto found = directories_.find(directory);
    if (found == directories_.end()) return;
    for (Subscription& subscription : found->second) {
      if (!Has(subscription.kinds, kind)) continue;
      if (subscription.overflowed || subscription.events.size() >= max_events_) {
        subscription.overflowed = true;
        subscription.events.clear();
      } else {
        subscription.events.push_back({kind, directory, std::string(name), file});
      }
      if (std::exchange(subscription.announced, true)) continue;
      if (std::shared_ptr<ChangeListener> listener = subscription.listener.lock()) {
        calls.emplace_back(std::move(listener), subscription.id);
      }
    }
  }
  for (const auto& [listener, id] : calls) listener->ChangesReady(id);
}

std::vector<ChangeEvent> ChangeHub::Fetch(uint64_t subscription, bool* overflowed) {
  base::MutexLock hold(mutex_);
  *overflowed = false;
  const auto found = subscriptions_.find(subscription);
  if (found == subscriptions_.end()) return {};
  for (Subscription& candidate : directories_.find(found->second)->second) {
    if (candidate.id != subscription) continue;
    *overflowed = std::exchange(candidate.overflowed, false);
    candidate.announced = false;
    return std::exchange(candidate.events, {});
  }
  return {};
}

}  // namespace dittofs::state
