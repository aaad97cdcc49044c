#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "dittofs/environment.h"
#include "dittofs/protocol_adapter.h"
#include "dittofs/status.h"
#include "onc_rpc/program.h"

namespace dittofs::onc_rpc {

/// Bounds of one Server. Each says what happens when it is reached.
struct ServerOptions {
  Environment environment;
  uint32_t event_loops = 0;  ///< 0 = one per processor.
  uint32_t max_threads =
      64;  ///< In all, loops included; when all are in calls, sockets are read again when one is done.
  uint32_t max_connections = 16384;            ///< Further ones are accepted and closed at once.
  uint32_t max_requests_per_connection = 128;  ///< In flight; beyond, the socket is not read.
  /// Largest record, RPC header included. One that announces more closes its connection and allocates nothing.
  uint32_t max_message_bytes = (1u << 20) + (64u << 10);
  uint32_t max_queued_output_bytes = 4u << 20;  ///< Replies a client has not taken yet; beyond, its socket is not read.
  uint64_t max_receiving_bytes = 256u << 20;    ///< Records being received, all connections; beyond, sockets wait.
  uint32_t idle_timeout_s = 0;                  ///< Connections without a request for so long are closed; 0 = never.
  /// A client that takes no byte of its replies, or leaves a record unfinished, for so long is closed; 0 = never.
  uint32_t slow_client_timeout_s = 60;
  uint64_t replay_cache_bytes = 16u << 20;  ///< Duplicate request cache; the oldest replies go first. 0 = none.
};

/// One port and what is served there. Programs are borrowed; they outlive the Server's Stop().
struct Service {
  std::string name;                    ///< Endpoint::protocol of its sockets, and in logs.
  std::vector<std::string> addresses;  ///< Numeric; empty = all of IPv4 and IPv6.
  uint16_t port = 0;                   ///< 0 = any port that is free on all of the addresses and transports.
  std::vector<Program*> tcp;           ///< Served over TCP; empty = no TCP socket.
  std::vector<Program*> udp;           ///< Served over UDP; empty = no UDP socket.
};

/// Calls of one procedure since Start(). Procedures that do not exist are counted in ServerStatistics.
struct ProcedureStatistics {
  uint32_t program = 0;
  uint32_t version = 0;
  uint32_t procedure = 0;
  std::string_view name;  ///< ProcedureTraits::name.
  uint64_t calls = 0;
  uint64_t failures = 0;  ///< Calls that ended otherwise than with SUCCESS (accept_stat).
};
struct ServerStatistics {
  std::vector<ProcedureStatistics> procedures;  ///< Those called at least once.
  uint64_t denied = 0;                          ///< MSG_DENIED: version or authentication.
  uint64_t unavailable = 0;                     ///< PROG_UNAVAIL, PROG_MISMATCH and PROC_UNAVAIL.
  uint64_t malformed = 0;                       ///< Messages too broken to be answered.
  uint64_t replays_answered = 0;                ///< Duplicates answered from the replay cache.
  uint64_t replays_dropped = 0;                 ///< Duplicates of calls still in progress.
  uint64_t connections_open = 0;
  uint64_t connections_accepted = 0;
  uint64_t connections_refused = 0;  ///< Over max_connections.
};

/// Serves RPC programs (RFC 5531) over TCP and UDP. Life: Create, Listen (as often as needed), Start, StopAccepting,
/// Stop. Calls run on the thread that read them until they announce to block (Call::blocking); then another thread
/// reads on, so one connection's calls run in parallel and are answered in the order they finish. Thread-safe, except
/// that the steps of its life are taken by one thread.
class Server final {
 public:
  /// kInvalidArgument names the option.
  static Result<std::unique_ptr<Server>> Create(const ServerOptions& options);
  ~Server();  ///< Stops at once if need be.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds the sockets of `service`; the kernel queues clients until Start(). The port is the result. kAlreadyInUse and
  /// others name address and port; nothing stays bound then.
  Result<uint16_t> Listen(const Service& service);
  /// Begins to serve.
  Status Start();
  /// Serves `programs` on a connected stream socket, as if it had been accepted.
  Status Adopt(base::FileDescriptor socket, const std::vector<Program*>& programs);
  /// What Listen() bound.
  std::vector<Endpoint> endpoints() const;

  /// Closes the listening sockets; connections go on. Idempotent.
  void StopAccepting() noexcept;
  /// Reads no further calls, answers those received for at most `deadline_ms`, closes every connection, and waits until
  /// no Program is running. Idempotent.
  void Stop(uint32_t deadline_ms) noexcept;

  ServerStatistics statistics() const;
  /// Makes every loop look at the clock now: for tests whose clock was moved.
  void ClockMoved() noexcept;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dittofs::onc_rpc
