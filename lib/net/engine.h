#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/files.h"
#include "dittofs/environment.h"
#include "dittofs/status.h"
#include "net/engine_options.h"
#include "net/message_handler.h"
#include "net/socket.h"

namespace dittofs::net {

struct EngineState;
struct Listener;
struct DatagramSocket;

/// Event loops with their threads and sockets. Life: Create, Listen and Receive, Start, StopAccepting, Stop; these
/// steps are taken by one thread. Everything else is thread-safe.
class Engine final {
 public:
  static Result<std::unique_ptr<Engine>> Create(const EngineOptions& options, const Environment& environment);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Serves connections to `socket`, and datagrams that come to it. Handlers outlive Stop(). Before Start().
  void Listen(BoundSocket socket, MessageHandler& handler);
  void Receive(BoundSocket socket, MessageHandler& handler);
  Status Start();
  /// Serves a connected stream socket.
  Status Adopt(base::FileDescriptor socket, MessageHandler& handler);

  void StopAccepting() noexcept;
  /// See onc_rpc::Server::Stop().
  void Stop(uint32_t deadline_ms) noexcept;

  void Wake() noexcept;
  size_t loop_count() const noexcept;
  size_t thread_count() const noexcept;
  uint64_t receiving_bytes() const noexcept;
  uint64_t connections_open() const noexcept;
  uint64_t connections_accepted() const noexcept;
  uint64_t connections_refused() const noexcept;

 private:
  explicit Engine(std::unique_ptr<EngineState> state);
  std::unique_ptr<EngineState> state_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<DatagramSocket>> datagram_sockets_;
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace dittofs::net
