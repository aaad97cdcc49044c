#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "dittofs/ids.h"

namespace dittofs::state {

/// What happened in a directory. Bits combine in a subscription.
enum class ChangeKind : uint32_t {
  kNone = 0,
  kAdded = 1 << 0,
  kRemoved = 1 << 1,
  kRenamedFrom = 1 << 2,
  kRenamedTo = 1 << 3,
  kAttributes = 1 << 4,
  kContent = 1 << 5,
  kAll = (1 << 6) - 1,
};
constexpr ChangeKind operator|(ChangeKind a, ChangeKind b) noexcept {
  return static_cast<ChangeKind>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}
constexpr bool Has(ChangeKind set, ChangeKind kind) noexcept {
  return (static_cast<uint32_t>(set) & static_cast<uint32_t>(kind)) != 0;
}

struct ChangeEvent {
  ChangeKind kind = ChangeKind::kNone;
  FileNumber directory;
  std::string name;
  FileNumber file;
};

/// Hears that a subscription has something to fetch, once until it is fetched.
class ChangeListener {
 public:
  virtual ~ChangeListener() = default;
  /// Called without any lock held.
  virtual void ChangesReady(uint64_t subscription) = 0;
};

/// Change notification of one share: who changes something publishes it, who watches a directory fetches what happened.
/// Each subscription keeps at most `max_events`; beyond, it loses them all and says so (the watcher must list again, as
/// STATUS_NOTIFY_ENUM_DIR tells it, MS-SMB2 §3.3.4.4). Publishing where nobody watches costs one look-up. Thread-safe.
class ChangeHub {
 public:
  explicit ChangeHub(uint32_t max_events = 1024, uint32_t max_subscriptions = 65536)
      : max_events_(max_events), max_subscriptions_(max_subscriptions) {}

  /// 0 if there are too many already.
  uint64_t Subscribe(FileNumber directory, ChangeKind kinds, std::weak_ptr<ChangeListener> listener) EXCLUDES(mutex_);
  void Unsubscribe(uint64_t subscription) EXCLUDES(mutex_);
  void Publish(ChangeKind kind, FileNumber directory, std::string_view name, FileNumber file) EXCLUDES(mutex_);
  /// What happened since the last call, in order; `*overflowed` if some of it was lost.
  std::vector<ChangeEvent> Fetch(uint64_t subscription, bool* overflowed) EXCLUDES(mutex_);

 private:
  struct Subscription {
    uint64_t id = 0;
    ChangeKind kinds = ChangeKind::kNone;
    std::weak_ptr<ChangeListener> listener;  // weak: a watcher that is gone is no longer told
    std::vector<ChangeEvent> events;
    bool overflowed = false;
    bool announced = false;
  };
  const uint32_t max_events_;
  const uint32_t max_subscriptions_;
  base::Mutex mutex_;  // rank: state
  std::unordered_map<FileNumber, std::vector<Subscription>> directories_ GUARDED_BY(mutex_);
  std::unordered_map<uint64_t, FileNumber> subscriptions_ GUARDED_BY(mutex_);
  uint64_t next_ GUARDED_BY(mutex_) = 1;
};

}  // namespace dittofs::state
