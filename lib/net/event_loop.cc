#include "net/event_loop.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "net/engine_state.h"

namespace dittofs::net {
namespace {

constexpr int kAcceptsPerEvent = 64;
constexpr uint64_t kAcceptPauseNs = 1'000'000'000;
constexpr uint64_t kStarvedRetryNs = 20'000'000;
/// A message may take one slow-client timeout more for each such piece of it that came.
constexpr uint64_t kSlowestBytesPerTimeout = 64 * 1024;

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::Create(EngineState& engine, uint32_t index) {
  base::FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return base::StatusOfErrno(errno, "epoll_create1", "for an event loop");
  base::FileDescriptor wakeup(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wakeup.valid()) return base::StatusOfErrno(errno, "eventfd", "for an event loop");
  std::unique_ptr<EventLoop> loop(new EventLoop(engine, index, std::move(epoll), std::move(wakeup)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &loop->wakeup_target_;
  if (epoll_ctl(loop->epoll_.get(), EPOLL_CTL_ADD, loop->wakeup_.get(), &event) != 0) {
    return base::StatusOfErrno(errno, "epoll_ctl", "for an event loop");
  }
  return loop;
}

EventLoop::EventLoop(EngineState& engine, uint32_t index, base::FileDescriptor epoll, base::FileDescriptor wakeup)
    : engine_(engine),
      index_(index),
      epoll_(std::move(epoll)),
      wakeup_(std::move(wakeup)),
      timers_(engine.clock.MonotonicNanoseconds()),
      phase_(Phase::kServing) {
  ReadClock();
}

EventLoop::~EventLoop() {
  while (connections_ != nullptr) Close(*connections_);
  ReleaseClosed();
  while (Connection* connection = NextPosted()) connection->Release();
}

void EventLoop::Lead() noexcept {
  for (;;) {
    try {
      if (!Step()) return;
    } catch (const std::exception&) {
      // No memory. One client's connection is the price; the loop goes on.
      DropCurrent();
    }
  }
}

bool EventLoop::Step() {
  ReleaseClosed();
  if (batch_ == nullptr) batch_ = engine_.batches.Take();
  if (current_ != nullptr) return ProcessInput();
  // Events first: what is posted may close connections that still have one in the array.
  if (next_event_ < event_count_) return HandleEvent(events_[next_event_++]);
  if (Connection* connection = NextPosted()) return Attend(*connection);
  RunTimers();
  if (starved_count_ > 0) RetryStarved();
  if (phase_ != engine_.phase.load(std::memory_order_acquire)) {
    EnterPhase();
    return true;
  }
  if (phase_ != Phase::kServing && connections_ == nullptr && !has_posted_.load(std::memory_order_acquire)) {
    if (std::exchange(ended_, true)) return false;
    engine_.batches.GiveBack(std::move(batch_));
    base::MutexLock lock(engine_.ended_mutex);
    ++engine_.ended_loops;
    engine_.ended.NotifyAll();
    return false;
  }
  Wait();
  return true;
}

void EventLoop::ReadClock() noexcept {
  now_ns_ = engine_.clock.MonotonicNanoseconds();
}

void EventLoop::Wait() noexcept {
  int timeout_ms = -1;
  const uint64_t look_ns = starved_count_ > 0 ? now_ns_ + kStarvedRetryNs : timers_.next_look_ns();
  if (look_ns != UINT64_MAX) {
    timeout_ms =
        look_ns <= now_ns_ ? 0 : static_cast<int>(std::min<uint64_t>((look_ns - now_ns_) / 1'000'000 + 1, 60'000));
  }
  const int count = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  next_event_ = 0;
  event_count_ = count > 0 ? static_cast<size_t>(count) : 0;
  ReadClock();
}

bool EventLoop::HandleEvent(const epoll_event& event) {
  EventTarget& target = *static_cast<EventTarget*>(event.data.ptr);
  switch (target.kind) {
    case EventTarget::Kind::kConnection:
      return HandleConnection(static_cast<Connection&>(target), event.events);
    case EventTarget::Kind::kDatagrams:
      return HandleDatagrams(static_cast<DatagramSocket&>(target));
    case EventTarget::Kind::kListener:
      Accept(static_cast<Listener&>(target));
      return true;
    case EventTarget::Kind::kWakeup:
      break;
  }
  uint64_t count;
  [[maybe_unused]] const ssize_t got = ::read(wakeup_.get(), &count, sizeof count);
  return true;
}

void EventLoop::Wake() noexcept {
  const uint64_t one = 1;
  // Fails only if the counter is full, and then the loop is about to wake anyway.
  [[maybe_unused]] const ssize_t written = ::write(wakeup_.get(), &one, sizeof one);
}

void EventLoop::Post(Connection& connection) noexcept {
  if (!connection.MarkPosted()) return;
  connection.AddReference();
  {
    base::MutexLock lock(post_mutex_);
    connection.next_posted = std::exchange(posted_, &connection);
  }
  if (!has_posted_.exchange(true, std::memory_order_acq_rel)) Wake();
}

Connection* EventLoop::NextPosted() noexcept {
  if (attended_ == nullptr) {
    if (!has_posted_.load(std::memory_order_acquire)) return nullptr;
    has_posted_.store(false, std::memory_order_release);
    base::MutexLock lock(post_mutex_);
    attended_ = std::exchange(posted_, nullptr);
    if (attended_ == nullptr) return nullptr;
  }
  return std::exchange(attended_, attended_->next_posted);
}

bool EventLoop::Attend(Connection& connection) {
  // From here on it may be posted again, so nothing that happens from now on is missed.
  connection.ClearPosted();
  if (!connection.leader.registered && !connection.closed()) Adopt(connection);
  const bool closed = connection.closed();
  connection.Release();
  if (closed) return true;
  if (phase_ != Phase::kServing && !std::exchange(connection.leader.drained, true)) {
    connection.SetEnding();
    if (!connection.paused()) return HandleReadable(connection);
  }
  if (connection.paused() && !connection.leader.starved && connection.has_room()) return ResumeInput(connection);
  Settle(connection);
  return true;
}

void EventLoop::Adopt(Connection& connection) noexcept {
  if (phase_ == Phase::kClosing || !connection.Register(epoll_.get())) {
    connection.Close(epoll_.get());
    engine_.connections_open.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  connection.AddReference();
  Connection::LeaderPart& part = connection.leader;
  part.registered = true;
  part.last_activity_ns = now_ns_;
  part.next = connections_;
  if (connections_ != nullptr) connections_->leader.previous = &connection;
  connections_ = &connection;
}

void EventLoop::Close(Connection& connection) noexcept {
  if (current_ == &connection) {
    current_ = nullptr;
    input_ = {};
    input_memory_ = Buffer();
  }
  Connection::LeaderPart& part = connection.leader;
  if (part.previous != nullptr) part.previous->leader.next = part.next;
  if (part.next != nullptr) part.next->leader.previous = part.previous;
  if (connections_ == &connection) connections_ = part.next;
  timers_.Disarm(connection);
  DropPartial(connection);
  part.stash = Buffer();
  if (std::exchange(part.starved, false)) --starved_count_;
  connection.Close(epoll_.get());
  engine_.connections_open.fetch_sub(1, std::memory_order_relaxed);
  part.next = std::exchange(closed_, &connection);
}

void EventLoop::ReleaseClosed() noexcept {
  while (closed_ != nullptr) std::exchange(closed_, closed_->leader.next)->Release();
}

void EventLoop::DropCurrent() noexcept {
  if (batch_ != nullptr) batch_->Reset();
  if (current_ != nullptr) Close(*current_);
}

void EventLoop::Settle(Connection& connection) noexcept {
  const Connection::LeaderPart& part = connection.leader;
  const size_t queued_bytes = connection.queued_bytes();
  if (connection.ending() && connection.calls() == 0 && queued_bytes == 0 && !connection.paused()) {
    Close(connection);
    return;
  }
  if (queued_bytes > 0 && !connection.watched()) connection.SetWatched(true);
  if (part.partial_needed == 0 && queued_bytes == 0 && engine_.options.idle_timeout_ns == 0) return;
  const uint64_t deadline_ns = DeadlineOf(connection);
  // A later deadline is left for the timer to find out.
  if (deadline_ns != UINT64_MAX && (!connection.armed() || deadline_ns < connection.deadline_ns)) {
    timers_.Arm(connection, deadline_ns);
  }
}

uint64_t EventLoop::DeadlineOf(const Connection& connection) const noexcept {
  const Connection::LeaderPart& part = connection.leader;
  const uint64_t slow_ns = engine_.options.slow_client_timeout_ns;
  uint64_t deadline_ns = UINT64_MAX;
  if (slow_ns > 0 && part.partial_needed > 0 && !connection.paused()) {
    deadline_ns = part.partial_since_ns + slow_ns * (1 + part.partial_size / kSlowestBytesPerTimeout);
  }
  if (slow_ns > 0 && connection.queued_bytes() > 0) {
    deadline_ns = std::min(deadline_ns, connection.output_progress_ns() + slow_ns);
  }
  if (engine_.options.idle_timeout_ns > 0 && connection.calls() == 0 && !connection.paused()) {
    deadline_ns = std::min(deadline_ns, part.last_activity_ns + engine_.options.idle_timeout_ns);
  }
  // Calls under way or a pause end with a look at the connection, but without telling the timer of an idle one.
  if (deadline_ns == UINT64_MAX && engine_.options.idle_timeout_ns > 0) {
    deadline_ns = now_ns_ + engine_.options.idle_timeout_ns;
  }
  return deadline_ns;
}

void EventLoop::RunTimers() noexcept {
  if (timers_.next_look_ns() > now_ns_) return;
  while (TimerNode* node = timers_.TakeDue(now_ns_)) {
    EventTarget& target = static_cast<EventTarget&>(*node);
    if (target.kind == EventTarget::Kind::kListener) {
      Watch(static_cast<Listener&>(target));
      continue;
    }
    Connection& connection = static_cast<Connection&>(target);
    const uint64_t deadline_ns = DeadlineOf(connection);
    if (deadline_ns <= now_ns_) {
      engine_.logger.Debug("connection timed out", {{"client", HostPortText(connection.peer())}});
      Close(connection);
      continue;
    }
    if (connection.queued_bytes() == 0 && connection.watched()) connection.SetWatched(false);
    if (deadline_ns != UINT64_MAX) timers_.Arm(connection, deadline_ns);
  }
}

void EventLoop::RetryStarved() noexcept {
  for (Connection* connection = connections_; connection != nullptr; connection = connection->leader.next) {
    if (!std::exchange(connection->leader.starved, false)) continue;
    --starved_count_;
    Post(*connection);
  }
}

void EventLoop::EnterPhase() {
  phase_ = engine_.phase.load(std::memory_order_acquire);
  if (phase_ == Phase::kClosing) {
    while (connections_ != nullptr) Close(*connections_);
    return;
  }
  for (Connection* connection = connections_; connection != nullptr; connection = connection->leader.next) {
    Post(*connection);
  }
}

void EventLoop::Watch(Listener& listener) noexcept {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = static_cast<EventTarget*>(&listener);
  const int descriptor = listener.bound.socket.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0 && errno == EEXIST) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
  }
}

void EventLoop::Watch(DatagramSocket& socket) noexcept {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = static_cast<EventTarget*>(&socket);
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.bound.socket.get(), &event);
}

void EventLoop::Accept(Listener& listener) {
  const int listening = listener.bound.socket.get();
  for (int i = 0; i < kAcceptsPerEvent; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    base::FileDescriptor socket(
        ::accept4(listening, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
      const int error = errno;
      if (error == EAGAIN || error == EWOULDBLOCK) return;
      if (error == EINTR || error == ECONNABORTED || error == EPERM || error == EPROTO) continue;
      if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
        // The client stays in the kernel's queue; asking again at once would only burn the processor.
        uint64_t suppressed = 0;
        if (engine_.accept_log.Allow(now_ns_, &suppressed)) {
          engine_.logger.Warning("can't accept connections for now: out of descriptors or memory",
                                 {{"listener", HostPortText(listener.bound.address)}, {"suppressed", suppressed}});
        }
        epoll_event event{};
        event.data.ptr = static_cast<EventTarget*>(&listener);
        epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, listening, &event);
        timers_.Arm(listener, now_ns_ + kAcceptPauseNs);
        return;
      }
      // Shut down by StopAccepting(), or broken for good.
      timers_.Disarm(listener);
      epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listening, nullptr);
      return;
    }
    if (engine_.connections_open.fetch_add(1, std::memory_order_relaxed) >= engine_.options.max_connections) {
      engine_.connections_open.fetch_sub(1, std::memory_order_relaxed);
      engine_.connections_refused.fetch_add(1, std::memory_order_relaxed);
      uint64_t suppressed = 0;
      if (engine_.refused_log.Allow(now_ns_, &suppressed)) {
        engine_.logger.Warning("connection refused: max_connections reached",
                               {{"client", HostPortText(AddressFromKernel(peer))},
                                {"max_connections", engine_.options.max_connections},
                                {"suppressed", suppressed}});
      }
      continue;
    }
    engine_.connections_accepted.fetch_add(1, std::memory_order_relaxed);
    PrepareAccepted(socket.get());
    const Address local = LocalAddress(socket.get());
    EventLoop& loop = *engine_.loops[engine_.next_loop.fetch_add(1, std::memory_order_relaxed) % engine_.loops.size()];
    Connection* connection = new (std::nothrow) Connection(
        loop, std::move(socket), listener.handler, AddressFromKernel(peer), local, engine_.options.per_connection);
    if (connection == nullptr) {
      engine_.connections_open.fetch_sub(1, std::memory_order_relaxed);
      continue;
    }
    if (&loop == this) {
      Adopt(*connection);
      if (!connection->closed()) Settle(*connection);
    } else {
      loop.Post(*connection);
    }
    connection->Release();
  }
}

}  // namespace dittofs::net
