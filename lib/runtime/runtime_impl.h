#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "base/siphash.h"
#include "dittofs/runtime.h"
#include "runtime/data_directory.h"
#include "runtime/host_names.h"
#include "runtime/share_impl.h"
#include "runtime/share_table.h"
#include "state/server_state.h"

namespace dittofs {

/// Members stand in the order they must live: what is below uses what is above.
struct Runtime::Impl {
  Impl(const RuntimeOptions& options, const Environment& with_defaults);

  enum class Phase : uint8_t { kNew, kRunning, kStopped };

  /// What both ways to add a share have in common. `make_files` is called when nothing else can fail any more.
  Result<Share*> AddShare(ShareOptions options, std::optional<StoredShareOptions> stored,
                          FunctionRef<Result<ShareFiles>(ShareId)> make_files) EXCLUDES(admin_mutex);
  /// The files of a share called `name` over the stores that `stored` names.
  Result<ShareFiles> OpenStoredFiles(ShareId id, const std::string& name, const StoredShareOptions& stored)
      REQUIRES(admin_mutex);
  Share* FindByName(std::string_view name) const EXCLUDES(names_mutex);
  std::vector<Share*> Exported() const EXCLUDES(names_mutex);
  std::vector<ProtocolAdapter*> Adapters() const EXCLUDES(adapters_mutex);
  /// Makes every share's unstable bytes stable; answers the first failure. No request may be under way or follow.
  Status CloseFiles(uint32_t deadline_ms) EXCLUDES(admin_mutex);

  const Environment environment;
  const base::Logger log;
  const Verifier instance_verifier;
  const uint64_t cache_bytes;
  const uint64_t max_dirty_bytes;
  std::optional<runtime::DataDirectory> data_directory;
  base::SipHashKey handle_key{};
  std::string data_directory_path;
  std::unique_ptr<state::ServerState> state;  ///< Set by Create().

  mutable base::Mutex admin_mutex;  // Rank: first. Held while stores are opened and names looked up; never by requests.
  std::map<std::string, std::unique_ptr<MetadataStore>, std::less<>> metadata_stores GUARDED_BY(admin_mutex);
  struct NamedBlockStore {
    std::unique_ptr<BlockStore> store;
    std::unique_ptr<PayloadService> payload;  ///< One per store: its shares have one cache and one bound.
  };
  std::map<std::string, NamedBlockStore, std::less<>> block_stores GUARDED_BY(admin_mutex);

  runtime::HostNames host_names;
  std::vector<std::unique_ptr<Share>> shares GUARDED_BY(admin_mutex);  ///< Every one ever made.
  runtime::ShareTable by_id;
  mutable base::Mutex names_mutex;                                             // Rank: leaf.
  std::map<std::string, Share*, std::less<>> by_name GUARDED_BY(names_mutex);  ///< Those not removed.

  base::Mutex lifecycle_mutex;  // Rank: before all others here. Held by Start and Stop.
  Phase phase GUARDED_BY(lifecycle_mutex) = Phase::kNew;
  Status stop_status GUARDED_BY(lifecycle_mutex);
  mutable base::Mutex adapters_mutex;  // Rank: leaf, but for what endpoints() of an adapter takes.
  std::vector<std::unique_ptr<ProtocolAdapter>> adapters
      GUARDED_BY(adapters_mutex);                       ///< Changed under lifecycle_mutex.
  size_t started_count GUARDED_BY(adapters_mutex) = 0;  ///< The first so many of them serve.
};

}  // namespace dittofs
