#include "nfs/locking.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace dittofs::nfs {
namespace {

constexpr std::chrono::minutes kForgetInterval{10};

}  // namespace

Result<std::unique_ptr<Locking>> Locking::Create(Runtime& runtime, uint32_t grace_period_s) {
  onc_rpc::PeerCallsOptions call_options;
  call_options.environment = runtime.environment();
  auto calls = std::make_unique<onc_rpc::PeerCalls>(call_options);
  auto locks = std::make_shared<nlm4::LockService>(runtime, *calls);
  nsm1::StatusMonitorOptions options;
  if (!runtime.data_directory().empty()) options.state_file = runtime.data_directory() + "/nsm-state";
  options.grace_period_ms = grace_period_s * 1000;
  auto monitor = nsm1::StatusMonitor::Start(
      runtime, *calls, options,
      [locks = std::weak_ptr(locks)](std::string_view name, std::string_view address, uint32_t state) {
        if (const auto service = locks.lock()) service->HostRestarted(name, address, state);
      });
  if (!monitor.ok()) return monitor.status();
  return std::unique_ptr<Locking>(new Locking(runtime, std::move(calls), std::move(locks), *std::move(monitor)));
}

Locking::Locking(Runtime& runtime, std::unique_ptr<onc_rpc::PeerCalls> calls, std::shared_ptr<nlm4::LockService> locks,
                 std::shared_ptr<nsm1::StatusMonitor> monitor)
    : runtime_(runtime),
      calls_(std::move(calls)),
      locks_(std::move(locks)),
      monitor_(std::move(monitor)),
      lock_program_(locks_),
      status_program_(monitor_),
      housekeeper_([this] { ForgetNowAndThen(); }) {}

void Locking::NotifyHosts() {
  monitor_->NotifyHosts();
}

void Locking::ForgetNowAndThen() {
  base::MutexLock hold(mutex_);
  while (!stopped_) {
    // Right after the grace period those are forgotten that did not come back.
    const uint32_t grace_ms = runtime_.state().grace.remaining_ms();
    const auto wait =
        grace_ms > 0 ? std::chrono::milliseconds(grace_ms + 1000) : std::chrono::milliseconds(kForgetInterval);
    const auto until = std::chrono::steady_clock::now() + wait;
    while (!stopped_ && stopping_.WaitUntil(mutex_, until)) {
    }
    if (stopped_ || runtime_.state().grace.active()) continue;
    mutex_.unlock();
    locks_->ForgetIdleHosts();
    mutex_.lock();
  }
}

void Locking::Stop() noexcept {
  {
    base::MutexLock hold(mutex_);
    stopped_ = true;
    stopping_.NotifyAll();
  }
  if (housekeeper_.joinable()) housekeeper_.join();
  calls_->Stop();
}

}  // namespace dittofs::nfs
