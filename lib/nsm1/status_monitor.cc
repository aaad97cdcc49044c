#include "nsm1/status_monitor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/files.h"
#include "nsm1/messages.h"
#include "xdr/byte_sink.h"

namespace dittofs::nsm1 {
namespace {

constexpr uint32_t kSmNotify = 6;
constexpr std::string_view kStatePrefix = "nsm state ";

std::string OwnHostName() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return {};
  return name;
}

}  // namespace

StatusMonitor::StatusMonitor(Runtime& runtime, onc_rpc::PeerCalls& calls, const StatusMonitorOptions& options,
                             HostRestarted on_restart)
    : runtime_(runtime),
      calls_(calls),
      options_(options),
      on_restart_(std::move(on_restart)),
      log_(runtime.environment().log, "nsm1") {}

Result<std::shared_ptr<StatusMonitor>> StatusMonitor::Start(Runtime& runtime, onc_rpc::PeerCalls& calls,
                                                            const StatusMonitorOptions& options,
                                                            HostRestarted on_restart) {
  std::shared_ptr<StatusMonitor> monitor(new StatusMonitor(runtime, calls, options, std::move(on_restart)));
  DITTOFS_RETURN_IF_ERROR(monitor->RaiseState());
  DITTOFS_RETURN_IF_ERROR(monitor->BeginGrace());
  return monitor;
}

Status StatusMonitor::RaiseState() {
  if (options_.state_file.empty()) return {};
  const Result<std::string> content = base::ReadSmallFile(options_.state_file);
  if (content.ok()) {
    std::string_view text = *content;
    uint32_t last = 0;
    bool sound = text.starts_with(kStatePrefix) && text.ends_with('\n');
    if (sound) {
      text = text.substr(kStatePrefix.size(), text.size() - kStatePrefix.size() - 1);
      const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), last);
      sound = error == std::errc() && rest == text.data() + text.size();
    }
    if (!sound) {
      return Status(ErrorCode::kCorruption,
                    fmt::format("{} does not hold a state number; remove it, and clients that held locks must be "
                                "restarted or their locks released by hand",
                                options_.state_file));
    }
    // Up is odd, so the next one up is two further (XNFS §11.2).
    state_ = (last | 1) + 2;
  } else if (content.code() != ErrorCode::kNotFound) {
    return content.status();
  }
  return base::ReplaceFileDurably(options_.state_file, fmt::format("{}{}\n", kStatePrefix, state_));
}

Status StatusMonitor::BeginGrace() {
  Result<std::vector<state::ReclaimClient>> known = runtime_.state().reclaim->List();
  if (!known.ok()) return known.status();
  std::erase_if(*known, [](const state::ReclaimClient& client) { return client.protocol != "nlm"; });
  if (known->empty()) return {};
  hosts_ = *std::move(known);
  runtime_.state().grace.Begin(options_.grace_period_ms);
  log_.Info("Hosts held locks when this server stopped; they may take them back now",
            {{"hosts", hosts_.size()}, {"grace_period_ms", options_.grace_period_ms}});
  return {};
}

void StatusMonitor::NotifyHosts() {
  // A host may know us by our address or by our name: its monitor looks for the one it was told.
  const std::string host_name = OwnHostName();
  for (const state::ReclaimClient& client : hosts_) {
    for (const std::string& name : {client.server, host_name}) {
      if (name.empty()) continue;
      pending_.fetch_add(1, std::memory_order_relaxed);
      Send({client.address, name, 0, 0});
    }
  }
}

void StatusMonitor::Send(const Notification& notification) {
  stat_chge arguments;
  arguments.mon_name.text = notification.name;
  arguments.state = state_;
  onc_rpc::PeerCall call;
  call.address = notification.address;
  call.program = kProgram;
  call.version = kVersion;
  call.procedure = kSmNotify;
  call.transport = onc_rpc::Transport::kUdp;
  call.arguments = xdr::EncodeToBytes(arguments);
  call.delay_ms = notification.delay_ms;
  call.done = [self = weak_from_this(), notification](const Result<std::vector<std::byte>>& result) {
    const std::shared_ptr<StatusMonitor> monitor = self.lock();
    if (!monitor) return;
    const uint32_t waited_ms = notification.waited_ms + notification.delay_ms;
    if (result.ok() || result.code() == ErrorCode::kCancelled || waited_ms >= monitor->options_.notify_for_ms) {
      monitor->pending_.fetch_sub(1, std::memory_order_relaxed);
      if (!result.ok() && result.code() != ErrorCode::kCancelled) {
        monitor->log_.Warning("A host that held locks can't be told of the restart",
                              {{"address", notification.address}, {"error", result.status().ToString()}});
      }
      return;
    }
    Notification again = notification;
    again.waited_ms = waited_ms;
    again.delay_ms = std::max(monitor->options_.first_retry_ms, notification.delay_ms * 2);
    monitor->Send(again);
  };
  if (!calls_.Submit(std::move(call)).ok()) pending_.fetch_sub(1, std::memory_order_relaxed);
}

void StatusMonitor::Notified(std::string_view name, std::string_view address, uint32_t state) {
  if (on_restart_) on_restart_(name, address, state);
}

}  // namespace dittofs::nsm1
