#include "net/engine.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "net/engine_state.h"
#include "net/event_loop.h"

namespace dittofs::net {

EngineState::EngineState(const EngineOptions& engine_options, const Environment& environment)
    : options(engine_options),
      clock(*environment.clock),
      logger(environment.log, "net"),
      memory(engine_options.max_kept_memory_bytes),
      batches(memory, engine_options.max_threads),
      threads(engine_options.max_threads) {}
EngineState::~EngineState() = default;

Result<std::unique_ptr<Engine>> Engine::Create(const EngineOptions& options, const Environment& environment) {
  EngineOptions adjusted = options;
  if (adjusted.event_loops == 0) adjusted.event_loops = std::max(1u, std::thread::hardware_concurrency());
  adjusted.max_threads = std::max(adjusted.max_threads, adjusted.event_loops);
  auto state = std::make_unique<EngineState>(adjusted, WithDefaults(environment));
  for (uint32_t i = 0; i < adjusted.event_loops; ++i) {
    Result<std::unique_ptr<EventLoop>> loop = EventLoop::Create(*state, i);
    if (!loop) return loop.status();
    state->loops.push_back(std::move(*loop));
  }
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::unique_ptr<EngineState> state) : state_(std::move(state)) {}
Engine::~Engine() {
  Stop(0);
}

void Engine::Listen(BoundSocket socket, MessageHandler& handler) {
  listeners_.push_back(std::make_unique<Listener>(std::move(socket), handler));
}

void Engine::Receive(BoundSocket socket, MessageHandler& handler) {
  datagram_sockets_.push_back(std::make_unique<DatagramSocket>(std::move(socket), handler));
}

Status Engine::Start() {
  std::vector<Led*> loops;
  for (const auto& loop : state_->loops) loops.push_back(loop.get());
  for (size_t i = 0; i < listeners_.size(); ++i) state_->loops[i % loops.size()]->Watch(*listeners_[i]);
  for (size_t i = 0; i < datagram_sockets_.size(); ++i) state_->loops[i % loops.size()]->Watch(*datagram_sockets_[i]);
  started_ = true;
  return state_->threads.Start(loops);
}

Status Engine::Adopt(base::FileDescriptor socket, MessageHandler& handler) {
  if (state_->connections_open.fetch_add(1, std::memory_order_relaxed) >= state_->options.max_connections) {
    state_->connections_open.fetch_sub(1, std::memory_order_relaxed);
    state_->connections_refused.fetch_add(1, std::memory_order_relaxed);
    return Status(ErrorCode::kResourceExhausted, "max_connections reached");
  }
  state_->connections_accepted.fetch_add(1, std::memory_order_relaxed);
  Status status = SetNonBlocking(socket.get());
  if (!status.ok()) {
    state_->connections_open.fetch_sub(1, std::memory_order_relaxed);
    return status;
  }
  PrepareAccepted(socket.get());
  const Address peer = PeerAddress(socket.get());
  const Address local = LocalAddress(socket.get());
  EventLoop& loop = *state_->loops[state_->next_loop.fetch_add(1, std::memory_order_relaxed) % state_->loops.size()];
  auto* connection = new Connection(loop, std::move(socket), handler, peer, local, state_->options.per_connection);
  loop.Post(*connection);
  connection->Release();
  return Status::Ok();
}

void Engine::StopAccepting() noexcept {
  // The kernel stops listening at once; the loop finds out and takes the socket from its set.
  for (const auto& listener : listeners_) ::shutdown(listener->bound.socket.get(), SHUT_RDWR);
}

void Engine::Stop(uint32_t deadline_ms) noexcept {
  if (std::exchange(stopped_, true)) return;
  StopAccepting();
  if (started_) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(deadline_ms);
    state_->phase.store(Phase::kDraining, std::memory_order_release);
    Wake();
    {
      base::MutexLock lock(state_->ended_mutex);
      while (state_->ended_loops < state_->loops.size()) {
        if (!state_->ended.WaitUntil(state_->ended_mutex, deadline)) break;
      }
    }
    state_->phase.store(Phase::kClosing, std::memory_order_release);
    Wake();
    state_->threads.Finish();
  }
  listeners_.clear();
  datagram_sockets_.clear();
}

void Engine::Wake() noexcept {
  for (const auto& loop : state_->loops) loop->Wake();
}

size_t Engine::loop_count() const noexcept {
  return state_->loops.size();
}
size_t Engine::thread_count() const noexcept {
  return state_->threads.thread_count();
}
uint64_t Engine::receiving_bytes() const noexcept {
  return state_->receiving_bytes.load(std::memory_order_relaxed);
}
uint64_t Engine::connections_open() const noexcept {
  return state_->connections_open.load(std::memory_order_relaxed);
}
uint64_t Engine::connections_accepted() const noexcept {
  return state_->connections_accepted.load(std::memory_order_relaxed);
}
uint64_t Engine::connections_refused() const noexcept {
  return state_->connections_refused.load(std::memory_order_relaxed);
}

}  // namespace dittofs::net
