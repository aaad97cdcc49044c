#pragma once

#include <cstdint>
#include <memory>
#include <thread>

#include "base/mutex.h"
#include "dittofs/runtime.h"
#include "nlm4/lock_service.h"
#include "nlm4/program.h"
#include "nsm1/program.h"
#include "nsm1/status_monitor.h"
#include "onc_rpc/peer_calls.h"

namespace dittofs::nfs {

/// The lock manager and the status monitor of one adapter, put together. Thread-bound, but for the programs.
class Locking final {
 public:
  /// Begins the grace period if hosts held locks when the last run ended. kCorruption and others: the state file.
  static Result<std::unique_ptr<Locking>> Create(Runtime& runtime, uint32_t grace_period_s);
  ~Locking() { Stop(); }

  onc_rpc::Program& lock_program() noexcept { return lock_program_; }
  onc_rpc::Program& status_program() noexcept { return status_program_; }
  /// Tells the hosts that held locks to take them back: once the programs are being served.
  void NotifyHosts();
  /// No call to other hosts is under way when it returns. Idempotent.
  void Stop() noexcept EXCLUDES(mutex_);

 private:
  Locking(Runtime& runtime, std::unique_ptr<onc_rpc::PeerCalls> calls, std::shared_ptr<nlm4::LockService> locks,
          std::shared_ptr<nsm1::StatusMonitor> monitor);
  void ForgetNowAndThen() EXCLUDES(mutex_);

  Runtime& runtime_;
  const std::unique_ptr<onc_rpc::PeerCalls> calls_;
  // Shared with the lock tables and with calls under way, which tell them what happened as long as they live.
  const std::shared_ptr<nlm4::LockService> locks_;
  const std::shared_ptr<nsm1::StatusMonitor> monitor_;
  nlm4::LockProgram lock_program_;
  nsm1::StatusProgram status_program_;
  base::Mutex mutex_;  // rank: leaf
  base::CondVar stopping_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::thread housekeeper_;
};

}  // namespace dittofs::nfs
