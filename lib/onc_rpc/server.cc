#include "onc_rpc/server.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "base/mutex.h"
#include "net/engine.h"
#include "net/socket.h"
#include "onc_rpc/counters.h"
#include "onc_rpc/dispatcher.h"
#include "onc_rpc/replay_cache.h"

namespace dittofs::onc_rpc {
namespace {

constexpr uint32_t kLeastMessageBytes = 4096;
constexpr uint32_t kMostMessageBytes = 64u << 20;
constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;

Status Bounds(std::string_view option, uint64_t value, uint64_t least, uint64_t most) {
  if (value >= least && value <= most) return Status::Ok();
  return Status(ErrorCode::kInvalidArgument, fmt::format("{} is {}, not within {}..{}", option, value, least, most));
}

Status Check(const ServerOptions& options) {
  DITTOFS_RETURN_IF_ERROR(Bounds("event_loops", options.event_loops, 0, 1024));
  DITTOFS_RETURN_IF_ERROR(Bounds("max_threads", options.max_threads, 1, 65536));
  DITTOFS_RETURN_IF_ERROR(Bounds("max_connections", options.max_connections, 1, 1u << 24));
  DITTOFS_RETURN_IF_ERROR(Bounds("max_requests_per_connection", options.max_requests_per_connection, 1, 1u << 20));
  DITTOFS_RETURN_IF_ERROR(
      Bounds("max_message_bytes", options.max_message_bytes, kLeastMessageBytes, kMostMessageBytes));
  DITTOFS_RETURN_IF_ERROR(Bounds("max_queued_output_bytes", options.max_queued_output_bytes, 1, 1u << 30));
  return Bounds("replay_cache_bytes", options.replay_cache_bytes, 0, uint64_t{1} << 36);
}

net::EngineOptions EngineOptionsOf(const ServerOptions& options) {
  net::EngineOptions engine;
  engine.event_loops = options.event_loops;
  engine.max_threads = options.max_threads;
  engine.max_connections = options.max_connections;
  engine.per_connection.max_requests = options.max_requests_per_connection;
  engine.per_connection.max_queued_bytes = options.max_queued_output_bytes;
  engine.max_receiving_bytes = options.max_receiving_bytes;
  engine.idle_timeout_ns = options.idle_timeout_s * kNanosecondsPerSecond;
  engine.slow_client_timeout_ns = options.slow_client_timeout_s * kNanosecondsPerSecond;
  return engine;
}

}  // namespace

struct Server::Impl {
  ServerOptions options;
  net::LogThrottle failure_log;
  std::unique_ptr<ReplayCache> replay_cache;
  std::unique_ptr<LoopCounters[]> loops;
  mutable base::Mutex mutex;  // rank: above the loops'; for what Adopt() and statistics() share
  std::vector<std::pair<const Program*, std::unique_ptr<ProgramCounters>>> counters GUARDED_BY(mutex);
  std::vector<std::unique_ptr<Dispatcher>> dispatchers GUARDED_BY(mutex);
  std::vector<Endpoint> endpoints;
  std::unique_ptr<net::Engine> engine;  // last: its threads use everything above
  bool started = false;
  bool stopped = false;

  ProgramCounters* CountersOf(const Program& program) REQUIRES(mutex) {
    for (const auto& [known, its_counters] : counters) {
      if (known == &program) return its_counters.get();
    }
    counters.emplace_back(&program, std::make_unique<ProgramCounters>(program, engine->loop_count()));
    return counters.back().second.get();
  }

  Dispatcher& DispatcherOf(const std::vector<Program*>& programs) EXCLUDES(mutex) {
    base::MutexLock lock(mutex);
    std::vector<Dispatcher::Entry> entries;
    for (Program* program : programs) {
      entries.push_back(
          {program, program->number(), program->lowest_version(), program->highest_version(), CountersOf(*program)});
    }
    DispatcherContext context;
    context.max_message_bytes = options.max_message_bytes;
    context.replay_cache = replay_cache.get();
    context.loops = loops.get();
    context.logger = base::Logger(options.environment.log, "onc_rpc");
    context.failure_log = &failure_log;
    dispatchers.push_back(std::make_unique<Dispatcher>(context, std::move(entries)));
    return *dispatchers.back();
  }
};

Result<std::unique_ptr<Server>> Server::Create(const ServerOptions& options) {
  DITTOFS_RETURN_IF_ERROR(Check(options));
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->options.environment = WithDefaults(options.environment);
  Result<std::unique_ptr<net::Engine>> engine =
      net::Engine::Create(EngineOptionsOf(impl->options), impl->options.environment);
  if (!engine) return engine.status();
  impl->engine = std::move(*engine);
  impl->loops = std::make_unique<LoopCounters[]>(impl->engine->loop_count());
  if (options.replay_cache_bytes > 0) {
    impl->replay_cache =
        std::make_unique<ReplayCache>(options.replay_cache_bytes, impl->options.environment.random->Next64());
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  Stop(0);
}

Result<uint16_t> Server::Listen(const Service& service) {
  if (impl_->started) return Status(ErrorCode::kInvalidArgument, "Listen() after Start()");
  std::vector<net::Transport> transports;
  if (!service.tcp.empty()) transports.push_back(net::Transport::kTcp);
  if (!service.udp.empty()) transports.push_back(net::Transport::kUdp);
  if (transports.empty()) {
    return Status(ErrorCode::kInvalidArgument, fmt::format("service {} serves no program", service.name));
  }
  Result<std::vector<net::BoundSocket>> sockets = net::BindAll(service.addresses, service.port, transports);
  if (!sockets) return sockets.status().WithContext(service.name);
  Dispatcher* tcp = service.tcp.empty() ? nullptr : &impl_->DispatcherOf(service.tcp);
  Dispatcher* udp = service.udp.empty() ? nullptr : &impl_->DispatcherOf(service.udp);
  const uint16_t port = sockets->front().address.port;
  for (net::BoundSocket& socket : *sockets) {
    impl_->endpoints.push_back({service.name, std::string(net::TransportName(socket.transport)),
                                net::HostText(socket.address), socket.address.port});
    if (socket.transport == net::Transport::kTcp) {
      impl_->engine->Listen(std::move(socket), *tcp);
    } else {
      impl_->engine->Receive(std::move(socket), *udp);
    }
  }
  return port;
}

Status Server::Start() {
  if (std::exchange(impl_->started, true)) return Status(ErrorCode::kInvalidArgument, "Start() twice");
  return impl_->engine->Start();
}

Status Server::Adopt(base::FileDescriptor socket, const std::vector<Program*>& programs) {
  return impl_->engine->Adopt(std::move(socket), impl_->DispatcherOf(programs));
}

std::vector<Endpoint> Server::endpoints() const {
  return impl_->endpoints;
}

void Server::StopAccepting() noexcept {
  impl_->engine->StopAccepting();
}

void Server::Stop(uint32_t deadline_ms) noexcept {
  if (std::exchange(impl_->stopped, true)) return;
  impl_->engine->Stop(deadline_ms);
}

ServerStatistics Server::statistics() const {
  ServerStatistics statistics;
  {
    base::MutexLock lock(impl_->mutex);
    for (const auto& [program, counters] : impl_->counters) counters->Collect(&statistics.procedures);
  }
  for (size_t i = 0; i < impl_->engine->loop_count(); ++i) {
    const LoopCounters& loop = impl_->loops[i];
    statistics.denied += loop.value(Event::kDenied);
    statistics.unavailable += loop.value(Event::kUnavailable);
    statistics.malformed += loop.value(Event::kMalformed);
    statistics.replays_answered += loop.value(Event::kReplayAnswered);
    statistics.replays_dropped += loop.value(Event::kReplayDropped);
  }
  statistics.connections_open = impl_->engine->connections_open();
  statistics.connections_accepted = impl_->engine->connections_accepted();
  statistics.connections_refused = impl_->engine->connections_refused();
  return statistics;
}

void Server::ClockMoved() noexcept {
  impl_->engine->Wake();
}

}  // namespace dittofs::onc_rpc
