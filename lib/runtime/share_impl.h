#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "dittofs/metadata_service.h"
#include "dittofs/runtime.h"
#include "fs/stored_file_system.h"
#include "runtime/share_policy.h"
#include "state/server_state.h"

namespace dittofs {

/// A share's file system with its decorators, and what it stands on.
struct ShareFiles {
  std::unique_ptr<MetadataService> metadata;  ///< Of a share over named stores.
  std::unique_ptr<FileSystem> file_system;
  StoredFileSystem* stored = nullptr;  ///< `file_system`, if it is one.
};

struct Share::Impl {
  Impl(ShareId share_id, std::unique_ptr<runtime::SharePolicy> first, ShareFiles share_files, Clock& clock,
       const state::ServerState& server)
      : id(share_id), name(first->options().name), files(std::move(share_files)), held(clock, server) {
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
  const ShareFiles files;
  state::ShareState held;

  std::atomic<const runtime::SharePolicy*> policy{nullptr};  ///< Null once removed.
  mutable base::Mutex mutex;                                 // Rank: below Runtime's, above HostNames'.
  std::vector<std::unique_ptr<runtime::SharePolicy>> policies GUARDED_BY(mutex);  ///< Never empty; the last counts.
};

}  // namespace dittofs
