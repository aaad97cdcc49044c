#include "engine.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace dittofs::bench {
namespace {

constexpr size_t kScratchBytes = 256u << 10;
constexpr uint64_t kPatienceNs = 10'000'000'000;

uint64_t Nanoseconds(double seconds) {
  return static_cast<uint64_t>(seconds * 1e9);
}

}  // namespace

Engine::Engine(const Options& options, Workload& workload)
    : options_(options),
      workload_(workload),
      slot_bits_(static_cast<uint32_t>(std::bit_width(options.connections * options.depth - 1))),
      sequence_(static_cast<uint32_t>(MonotonicNs() >> 10)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      flights_(options.connections * options.depth),
      scratch_(kScratchBytes) {
  size_t head_bytes_max = 0;
  for (const Workload::Step& step : workload.steps()) {
    heads_.push_back(workload.MakeHead(step));
    head_bytes_max = std::max(head_bytes_max, heads_.back().size());
  }
  if (heads_.size() > 1) result_.step_latency.resize(heads_.size());
  result_.by_status.reserve(64);
  for (size_t i = 0; i < flights_.size(); ++i) flights_[i].slot.index = static_cast<uint32_t>(i);
  for (size_t i = 0; i < options.connections; ++i) {
    const int socket = ConnectTcp(options.host.c_str(), options.port);
    SetNonBlocking(socket);
    connections_.push_back(std::make_unique<Connection>(
        Connection{socket, RecordReader(workload.reply_bytes_seen()),
                   SendQueue(options.depth, head_bytes_max + workload.arguments_bytes_max())}));
    Watch(i, false, true);
  }
}

Engine::~Engine() {
  for (const auto& connection : connections_) ::close(connection->socket);
  ::close(epoll_);
}

void Engine::Watch(size_t connection_index, bool writable, bool fresh) {
  epoll_event event{};
  event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = connection_index;
  epoll_ctl(epoll_, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connections_[connection_index]->socket, &event);
}

void Engine::Issue(Connection& connection, Flight& flight, uint64_t now_ns) {
  Slot& slot = flight.slot;
  const std::vector<std::byte>& head = heads_[slot.step];
  std::byte* const message = connection.queue.Reserve();
  std::memcpy(message, head.data(), head.size());
  Encoder arguments(message + head.size());
  std::span<const std::byte> payload;
  if (!workload_.Encode(slot, arguments, payload)) return;
  const size_t length = head.size() + arguments.size();
  flight.xid = sequence_++ << slot_bits_ | slot.index;
  StoreU32(message, static_cast<uint32_t>(length - kMarkBytes + payload.size()) | kLastFragment);
  StoreU32(message + kMarkBytes, flight.xid);
  connection.queue.Commit(length);
  if (!payload.empty()) connection.queue.CommitPayload(payload);
  flight.waiting = true;
  flight.call_began_ns = now_ns;
  if (slot.step == 0) flight.operation_began_ns = now_ns;
  ++in_flight_;
}

void Engine::Complete(size_t connection_index, std::span<const std::byte> reply, size_t record_bytes, uint64_t now_ns) {
  if (reply.size() < 4) throw WrongReply("record without a transaction id");
  const uint32_t xid = LoadU32(reply.data());
  const size_t index = xid & ((1u << slot_bits_) - 1);
  if (index >= flights_.size() || index / options_.depth != connection_index || !flights_[index].waiting ||
      flights_[index].xid != xid) {
    throw WrongReply("reply to a transaction id that nobody waits for on this connection");
  }
  Flight& flight = flights_[index];
  flight.waiting = false;
  --in_flight_;
  last_reply_ns_ = now_ns;
  const uint32_t status = workload_.Check(flight.slot, reply, record_bytes - reply.size());
  const bool last_step = flight.slot.step + 1 == heads_.size();
  if (measuring_) {
    ++result_.calls;
    if (!result_.step_latency.empty()) result_.step_latency[flight.slot.step].Add(now_ns - flight.call_began_ns);
    if (status != 0) {
      ++result_.failed;
      CountFailure(status);
    } else if (last_step) {
      ++result_.operations;
      result_.latency.Add(now_ns - flight.operation_began_ns);
      if (result_.operations == options_.operations) EndMeasuring(now_ns);
    }
  }
  flight.slot.step = status != 0 || last_step ? 0 : flight.slot.step + 1;
  if (!stopping_) Issue(*connections_[connection_index], flight, now_ns);
}

void Engine::CountFailure(uint32_t status) {
  for (auto& [known, count] : result_.by_status) {
    if (known == status) {
      ++count;
      return;
    }
  }
  result_.by_status.emplace_back(status, 1);
}

void Engine::Flush(Connection& connection) {
  if (connection.queue.empty()) return;
  const SendQueue::Outcome outcome = connection.queue.Flush(connection.socket);
  if (outcome == SendQueue::Outcome::kFailed) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
  const bool blocked = outcome == SendQueue::Outcome::kBlocked;
  if (blocked == connection.wants_writable) return;
  connection.wants_writable = blocked;
  for (size_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i].get() == &connection) Watch(i, blocked, false);
  }
}

void Engine::Receive(size_t connection_index) {
  Connection& connection = *connections_[connection_index];
  const ssize_t received = ::recv(connection.socket, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
  if (received == 0) throw std::runtime_error("server closed a connection");
  if (received < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    throw std::runtime_error(std::string("recv: ") + std::strerror(errno));
  }
  const uint64_t now_ns = MonotonicNs();
  connection.reader.Feed(std::span(scratch_).first(static_cast<size_t>(received)),
                         [&](std::span<const std::byte> reply, size_t record_bytes) {
                           Complete(connection_index, reply, record_bytes, now_ns);
                         });
  Flush(connection);
}

void Engine::Wait(int timeout_ms) {
  constexpr int kEventsPerWait = 256;
  epoll_event events[kEventsPerWait];
  const int ready = epoll_wait(epoll_, events, kEventsPerWait, timeout_ms);
  for (int i = 0; i < ready; ++i) {
    if ((events[i].events & EPOLLOUT) != 0) Flush(*connections_[events[i].data.u64]);
    if ((events[i].events & ~EPOLLOUT) != 0) Receive(events[i].data.u64);
  }
}

void Engine::BeginMeasuring(uint64_t now_ns) {
  measuring_ = true;
  began_ns_ = now_ns;
  result_.sums = workload_.sums();
  result_.client_cpu_ns = OwnCpuNs();
  if (options_.server_pid != 0) {
    result_.server_ticks = ReadProcessTicks(options_.server_pid);
    result_.server_cpu_ns = ProcessCpuNs(options_.server_pid);
  }
}

void Engine::EndMeasuring(uint64_t now_ns) {
  if (options_.server_pid != 0) {
    result_.server_cpu_ns = ProcessCpuNs(options_.server_pid) - *result_.server_cpu_ns;
    const ProcessTicks ticks = ReadProcessTicks(options_.server_pid);
    result_.server_ticks = {ticks.user - result_.server_ticks.user, ticks.system - result_.server_ticks.system};
  }
  result_.client_cpu_ns = OwnCpuNs() - result_.client_cpu_ns;
  result_.elapsed_ns = now_ns - began_ns_;
  result_.sums = {workload_.sums().bytes - result_.sums.bytes, workload_.sums().entries - result_.sums.entries,
                  workload_.sums().verifier_changes - result_.sums.verifier_changes};
  measuring_ = false;
  stopping_ = true;
}

Measurement Engine::Run() {
  const uint64_t start_ns = MonotonicNs();
  const uint64_t warm_ns = start_ns + Nanoseconds(options_.warmup_seconds);
  if (options_.warmup_seconds == 0) BeginMeasuring(start_ns);
  last_reply_ns_ = start_ns;
  for (size_t i = 0; i < connections_.size(); ++i) {
    for (size_t d = 0; d < options_.depth; ++d) Issue(*connections_[i], flights_[i * options_.depth + d], start_ns);
    Flush(*connections_[i]);
  }
  while (in_flight_ > 0) {
    Wait(options_.spin ? 0 : 100);
    const uint64_t now_ns = MonotonicNs();
    if (now_ns > last_reply_ns_ + kPatienceNs) throw std::runtime_error("no reply for 10 s");
    if (stopping_) continue;
    if (!measuring_ && now_ns >= warm_ns) BeginMeasuring(now_ns);
    const bool timed_out = options_.operations == 0 && now_ns >= began_ns_ + Nanoseconds(options_.seconds);
    if (measuring_ && timed_out) EndMeasuring(now_ns);
  }
  if (measuring_) EndMeasuring(last_reply_ns_);  // nothing was left to do
  if (result_.calls == 0) throw std::runtime_error("nothing was measured: no call ended after the warm-up");
  return std::move(result_);
}

}  // namespace dittofs::bench
