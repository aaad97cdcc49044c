#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "dittofs/runtime.h"
#include "runtime/share_policy.h"
#include "state/server_state.h"

namespace dittofs {

struct Share::Impl {
  /// `file_system` carries its decorators already.
  Impl(ShareId share_id, std::unique_ptr<runtime::SharePolicy> first, std::unique_ptr<FileSystem> files, Clock& clock,
       const state::ServerState& server)
      : id(share_id), name(first->options().name), file_system(std::move(files)), held(clock, server) {
    Publish(std::move(first));
  }

  /// `next` decides from now on. Earlier policies stay, because requests under way may be asking them: a policy is made
  /// by an administrator's change only, never by time or clients.
  void Publish(std::unique_ptr<runtime::SharePolicy> next) EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    if (!policies.empty()) policies.back()->Retire();
    policy.store(next.get(), std::memory_order_release);
    policies.push_back(std::move(next));
  }
  /// The share admits nobody until the next Publish().
  void Close() EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    policies.back()->Retire();
    policy.store(nullptr, std::memory_order_release);
  }

  const ShareId id;
  const std::string name;
  /// Of a share over named stores: what it was made with.
  std::optional<StoredShareOptions> stored;
  const std::unique_ptr<FileSystem> file_system;
  state::ShareState held;

  std::atomic<const runtime::SharePolicy*> policy{nullptr};  ///< Null once removed.
  mutable base::Mutex mutex;                                 // Rank: below Runtime's, above HostNames'.
  std::vector<std::unique_ptr<runtime::SharePolicy>> policies GUARDED_BY(mutex);  ///< Never empty; the last counts.
};

}  // namespace dittofs
