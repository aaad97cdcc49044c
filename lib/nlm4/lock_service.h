#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "dittofs/runtime.h"
#include "nlm4/messages.h"
#include "onc_rpc/peer_calls.h"
#include "onc_rpc/program.h"
#include "state/server_state.h"

namespace dittofs::nlm4 {

/// Who asks and how to answer later: what outlives a call. Addresses numeric.
struct Peer {
  std::string address;
  std::string server;  ///< Our own address that it used.
  uint32_t version = kVersion;
  onc_rpc::Transport transport = onc_rpc::Transport::kTcp;
};

/// nlm_lock and nlm4_lock, with 64-bit offsets.
struct LockArguments {
  std::string_view caller_name;
  std::span<const std::byte> fh;
  std::span<const std::byte> oh;
  uint32_t svid = 0;
  uint64_t l_offset = 0;
  uint64_t l_len = 0;
  bool exclusive = false;
};

struct LockServiceOptions {
  uint32_t max_blocked_requests = 65536;  ///< All clients together; one client's bound is the lock table's.
  /// How often a granted waiting lock is told to a client that does not answer, and how long apart. Then it is
  /// released.
  uint32_t grant_attempts = 6;
  uint32_t grant_retry_ms = 5000;
};

/// What NLM does, apart from how it is spelled: locks and share reservations of hosts, in the tables that all protocols
/// share. A host is its name *and* the address it speaks from, so nobody can release what another host holds by using
/// its name. Thread-safe.
class LockService final : public state::GrantSink, public std::enable_shared_from_this<LockService> {
 public:
  /// Both must outlive the service; `calls` is stopped first.
  LockService(Runtime& runtime, onc_rpc::PeerCalls& calls, const LockServiceOptions& options = {});

  struct Holder {
    bool exclusive = false;
    uint32_t svid = 0;
    uint64_t l_offset = 0;
    uint64_t l_len = 0;
  };
  /// NLM4_DENIED fills `holder`.
  nlm4_stats Test(const onc_rpc::Call& call, const LockArguments& lock, Holder& holder);
  struct LockMode {
    bool block = false;
    bool reclaim = false;
    bool monitored = true;   ///< False: NM_LOCK, the host will not tell when it restarts.
    uint32_t nsm_state = 0;  ///< The host's NSM state number, 0 if unknown.
  };
  nlm4_stats Lock(const onc_rpc::Call& call, const LockArguments& lock, const LockMode& mode);
  nlm4_stats Cancel(const onc_rpc::Call& call, const LockArguments& lock);
  nlm4_stats Unlock(const onc_rpc::Call& call, const LockArguments& lock);
  nlm4_stats Share(const onc_rpc::Call& call, const nlm4_share& share, bool reclaim);
  nlm4_stats Unshare(const onc_rpc::Call& call, const nlm4_share& share);
  /// Everything of the host `name` that speaks from the caller's address.
  void FreeAll(const onc_rpc::Call& call, std::string_view name);
  /// One-way: sends `arguments` to procedure `procedure` of the caller's own lock manager (the _RES forms).
  void Answer(const onc_rpc::Call& call, uint32_t procedure, std::vector<std::byte> arguments);

  /// A host says by NSM that it has restarted: what it held before is released. Only what is held from `address` by a
  /// host of that name, and not if the host already locked in this very state.
  void HostRestarted(std::string_view name, std::string_view address, uint32_t nsm_state) EXCLUDES(mutex_);
  /// Forgets hosts that hold nothing any more: after the grace period, and now and then.
  void ForgetIdleHosts() EXCLUDES(mutex_);

  void LockGranted(const state::LockGrant& grant) override EXCLUDES(mutex_);

 private:
  /// A waiting request, from BLOCKED until the client has heard that it was granted.
  struct Blocked {
    Peer peer;
    dittofs::Share* share = nullptr;  // lives as long as the Runtime
    FileNumber file;
    state::RangeLock lock;
    std::string caller_name;
    std::vector<std::byte> fh;
    std::vector<std::byte> oh;
    uint32_t svid = 0;
    uint64_t l_offset = 0;
    uint64_t l_len = 0;
    bool granted = false;
    uint32_t attempts = 0;
  };
  struct Located {
    nlm4_stats stat = nlm4_stats::NLM4_GRANTED;
    dittofs::Share* share = nullptr;
    FileNumber file;
    state::RangeLock lock;
    state::ClientName host;
  };
  using BlockedKey = std::tuple<uint32_t, uint64_t, uint64_t, uint64_t, uint64_t, bool>;
  static BlockedKey KeyOf(const dittofs::Share& share, FileNumber file, const state::RangeLock& lock);

  Located Locate(const onc_rpc::Call& call, std::span<const std::byte> fh, bool must_exist, bool changes) const;
  Located LocateLock(const onc_rpc::Call& call, const LockArguments& lock, bool must_exist, bool make_host);
  /// Makes sure the host is known after a crash of ours, before anything is promised to it.
  bool RememberHost(const onc_rpc::Call& call, state::ClientId client, const state::ClientName& host) EXCLUDES(mutex_);
  uint64_t PrepareBlocked(const onc_rpc::Call& call, const Located& located, const LockArguments& lock)
      EXCLUDES(mutex_);
  void ForgetBlocked(uint64_t token) EXCLUDES(mutex_);
  /// The client knows that it holds the lock (or no longer wants it): nothing more is sent. True if one was waiting for
  /// that.
  bool SettleBlocked(const BlockedKey& key) EXCLUDES(mutex_);
  void SendGranted(uint64_t token, const Blocked& blocked, uint32_t delay_ms) EXCLUDES(mutex_);
  void GrantAnswered(uint64_t token, const Result<std::vector<std::byte>>& result) EXCLUDES(mutex_);
  size_t ReleaseHost(state::ClientId client, const state::ClientName& host) EXCLUDES(mutex_);
  bool HoldsAnything(state::ClientId client) const;
  state::OwnerId ShareOwner(state::ClientId client, std::span<const std::byte> oh, bool make) EXCLUDES(mutex_);

  Runtime& runtime_;
  onc_rpc::PeerCalls& calls_;
  const LockServiceOptions options_;
  const base::Logger log_;
  mutable base::Mutex mutex_;  // rank: above state's, never held while calling into them
  std::unordered_map<uint64_t, Blocked> blocked_ GUARDED_BY(mutex_);
  std::map<BlockedKey, uint64_t> blocked_by_key_ GUARDED_BY(mutex_);
  uint64_t next_token_ GUARDED_BY(mutex_) = 1;
  std::unordered_set<state::ClientId> remembered_ GUARDED_BY(mutex_);
  std::unordered_map<state::ClientId, uint32_t> nsm_states_ GUARDED_BY(mutex_);
  std::map<std::pair<state::ClientId, std::string>, uint32_t> share_owners_ GUARDED_BY(mutex_);
  uint32_t next_share_owner_ GUARDED_BY(mutex_) = 1;
};

}  // namespace dittofs::nlm4
