#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "dittofs/environment.h"
#include "dittofs/status.h"
#include "onc_rpc/port_lookup.h"
#include "onc_rpc/program.h"

namespace dittofs::onc_rpc {

/// A call from us to a program on another host, found through that host's portmapper.
struct PeerCall {
  std::string address;  ///< Numeric.
  uint32_t program = 0;
  uint32_t version = 0;
  uint32_t procedure = 0;
  Transport transport = Transport::kTcp;  ///< The other one is tried if it is not registered for this.
  std::vector<std::byte> arguments;
  uint32_t delay_ms = 0;  ///< Not before that much time has passed.
  /// Called once, from a thread of PeerCalls: the result's bytes or why there are none. kCancelled at Stop().
  std::function<void(Result<std::vector<std::byte>>)> done;
};

struct PeerCallsOptions {
  uint32_t max_threads = 8;
  uint32_t max_calls_per_host = 1024;  ///< Waiting; further ones are refused.
  uint32_t max_calls = 65536;
  uint32_t timeout_ms = 2000;            ///< Of one call, port look-up included twice at most.
  uint16_t portmap_port = kPortmapPort;  ///< Of the other hosts.
  Environment environment;
};

/// Makes calls to other hosts in the background: call-backs and notifications. One host is called by one thread at a
/// time and in order, so that one which does not answer holds up nobody but itself. Threads are made when needed.
/// Thread-safe.
class PeerCalls final {
 public:
  explicit PeerCalls(const PeerCallsOptions& options) : options_(options) {}
  ~PeerCalls() { Stop(); }
  PeerCalls(const PeerCalls&) = delete;
  PeerCalls& operator=(const PeerCalls&) = delete;

  /// kResourceExhausted: too many are waiting (`done` is not called then).
  Status Submit(PeerCall call) EXCLUDES(mutex_);
  /// Ends after the calls under way; those that wait are cancelled. Idempotent.
  void Stop() EXCLUDES(mutex_);
  size_t waiting_calls() const EXCLUDES(mutex_);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    PeerCall call;
    Time not_before;
  };
  struct Host {
    std::deque<Waiting> calls;
    bool busy = false;
  };
  struct PortKey {
    std::string address;
    uint32_t program;
    uint32_t version;
    Transport transport;
    friend auto operator<=>(const PortKey&, const PortKey&) = default;
  };
  static constexpr size_t kMaxCachedPorts = 4096;

  void Work() EXCLUDES(mutex_);
  Result<std::vector<std::byte>> Perform(const PeerCall& call, Transport transport) EXCLUDES(mutex_);

  const PeerCallsOptions options_;
  mutable base::Mutex mutex_;  // rank: leaf
  base::CondVar changed_;
  std::map<std::string, Host> hosts_ GUARDED_BY(mutex_);
  std::map<PortKey, uint16_t> ports_ GUARDED_BY(mutex_);
  size_t waiting_ GUARDED_BY(mutex_) = 0;
  size_t idle_threads_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::onc_rpc
