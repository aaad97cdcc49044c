#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "dittofs/runtime.h"
#include "onc_rpc/peer_calls.h"
#include "state/server_state.h"

namespace dittofs::nsm1 {

struct StatusMonitorOptions {
  /// Where the state number is kept; empty: in memory, so that every start looks like the first.
  std::string state_file;
  uint32_t grace_period_ms = 45000;
  /// A host that does not take the notification is tried again, twice as long after each try, for that long in all.
  uint32_t notify_for_ms = 900000;
  uint32_t first_retry_ms = 2000;
};

/// Told that a host which locks here has restarted: its name, the address it speaks from, its new state number.
using HostRestarted = std::function<void(std::string_view name, std::string_view address, uint32_t state)>;

/// Our side of status monitoring: our own state number (odd while up), the notifications after a restart, and the news
/// of other hosts' restarts. It serves our own lock manager only: monitoring for others is refused. Thread-safe.
class StatusMonitor final : public std::enable_shared_from_this<StatusMonitor> {
 public:
  /// Reads and raises the state number, durably; if hosts held locks when we stopped, the grace period begins.
  /// kCorruption: the state file does not parse.
  static Result<std::shared_ptr<StatusMonitor>> Start(Runtime& runtime, onc_rpc::PeerCalls& calls,
                                                      const StatusMonitorOptions& options, HostRestarted on_restart);

  /// Sends SM_NOTIFY to the hosts that held locks when we stopped: once we can answer them.
  void NotifyHosts();

  uint32_t state() const noexcept { return state_; }
  /// SM_NOTIFY: somebody at `address` says that the host `name` has restarted.
  void Notified(std::string_view name, std::string_view address, uint32_t state);
  /// Hosts that have not taken our notification yet.
  size_t pending_notifications() const noexcept { return pending_.load(std::memory_order_relaxed); }

 private:
  struct Notification {
    std::string address;
    std::string name;  // ours, as the host knows it
    uint32_t delay_ms = 0;
    uint32_t waited_ms = 0;
  };
  StatusMonitor(Runtime& runtime, onc_rpc::PeerCalls& calls, const StatusMonitorOptions& options,
                HostRestarted on_restart);
  Status RaiseState();
  Status BeginGrace();
  void Send(const Notification& notification);

  Runtime& runtime_;
  onc_rpc::PeerCalls& calls_;
  const StatusMonitorOptions options_;
  const HostRestarted on_restart_;
  const base::Logger log_;
  uint32_t state_ = 1;
  std::vector<state::ReclaimClient> hosts_;  // of the last run; set by Start()
  std::atomic<size_t> pending_{0};
};

}  // namespace dittofs::nsm1
