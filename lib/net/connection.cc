#include "net/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

namespace dittofs::net {
namespace {

constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
constexpr size_t kMaxVectors = 256;

/// Bytes sent, 0 if the socket is full, -1 if it is broken.
ptrdiff_t SendVectors(int descriptor, iovec* vectors, size_t count) noexcept {
  for (;;) {
    ssize_t sent;
    if (count == 1) {
      sent = ::send(descriptor, vectors[0].iov_base, vectors[0].iov_len, kSendFlags);
    } else {
      msghdr message{};
      message.msg_iov = vectors;
      message.msg_iovlen = count;
      sent = ::sendmsg(descriptor, &message, kSendFlags);
    }
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -1;
  }
}

}  // namespace

Connection::Connection(EventLoop& loop, base::FileDescriptor socket, MessageHandler& handler, const Address& peer,
                       const Address& local, const ConnectionLimits& limits)
    : EventTarget(Kind::kConnection),
      loop_(loop),
      handler_(handler),
      socket_(std::move(socket)),
      limits_(limits),
      peer_(peer),
      local_(local) {}

Connection::~Connection() = default;

ptrdiff_t Connection::SendSegments(int descriptor, std::span<const OutputBatch::Segment> segments) noexcept {
  ptrdiff_t total = 0;
  while (!segments.empty()) {
    iovec vectors[kMaxVectors];
    const size_t count = std::min(segments.size(), kMaxVectors);
    size_t wanted = 0;
    for (size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<std::byte*>(segments[i].bytes), segments[i].size_bytes};
      wanted += segments[i].size_bytes;
    }
    const ptrdiff_t sent = SendVectors(descriptor, vectors, count);
    if (sent < 0) return sent;
    total += sent;
    if (static_cast<size_t>(sent) < wanted) break;
    segments = segments.subspan(count);
  }
  return total;
}

void Connection::Send(std::span<const OutputBatch::Segment> segments, uint64_t now_ns) noexcept {
  base::MutexLock lock(mutex_);
  if (broken_) return;
  if (sending_ || queue_ != nullptr) {
    // Whoever is sending, or the socket when it has room again, takes these along. Their wait begins now.
    if (queue_ == nullptr) output_progress_ns_.store(now_ns, std::memory_order_relaxed);
    QueueOrBreak(segments, 0, false);
    UpdateEvents();
    return;
  }
  ptrdiff_t sent;
  if (calls() == 0) {
    // Only the leader can be here, and nobody waits for the mutex.
    sent = SendSegments(descriptor(), segments);
  } else {
    sending_ = true;
    mutex_.unlock();
    sent = SendSegments(descriptor(), segments);
    mutex_.lock();
    sending_ = false;
  }
  if (sent < 0) BreakLocked();
  DropQueueIfBroken();
  if (broken_) return;
  if (static_cast<size_t>(sent) < SegmentBytes(segments)) {
    output_progress_ns_.store(now_ns, std::memory_order_relaxed);
    QueueOrBreak(segments, static_cast<size_t>(sent), true);
  } else if (queue_ != nullptr) {
    Drain(now_ns);
  }
  UpdateEvents();
}

void Connection::QueueOrBreak(std::span<const OutputBatch::Segment> segments, size_t skip_bytes, bool first) noexcept {
  try {
    if (queue_ == nullptr) queue_ = std::make_unique<OutputQueue>();
    if (first) {
      queue_->Prepend(segments, skip_bytes);
    } else {
      queue_->Append(segments, skip_bytes);
    }
    queued_bytes_.store(queue_->size_bytes(), std::memory_order_relaxed);
  } catch (const std::exception&) {
    // Without memory the stream can't be continued at the right byte.
    BreakLocked();
    DropQueueIfBroken();
  }
}

void Connection::Drain(uint64_t now_ns) noexcept {
  while (queue_ != nullptr && !queue_->empty()) {
    std::array<iovec, OutputQueue::kMaxVectors> vectors;
    const size_t count = queue_->FillVectors(vectors);
    size_t wanted = 0;
    for (size_t i = 0; i < count; ++i) wanted += vectors[i].iov_len;
    sending_ = true;
    mutex_.unlock();
    const ptrdiff_t sent = SendVectors(descriptor(), vectors.data(), count);
    mutex_.lock();
    sending_ = false;
    if (sent < 0) BreakLocked();
    if (broken_) break;
    if (sent > 0) output_progress_ns_.store(now_ns, std::memory_order_relaxed);
    queue_->Consume(static_cast<size_t>(sent));
    queued_bytes_.store(queue_->size_bytes(), std::memory_order_relaxed);
    if (static_cast<size_t>(sent) < wanted) break;
  }
  DropQueueIfBroken();
  if (queue_ != nullptr && queue_->empty()) queue_.reset();
}

void Connection::DropQueueIfBroken() noexcept {
  if (!broken_ || sending_) return;
  queue_.reset();
  queued_bytes_.store(0, std::memory_order_relaxed);
}

void Connection::SendQueued(uint64_t now_ns) noexcept {
  base::MutexLock lock(mutex_);
  if (!sending_) Drain(now_ns);
  UpdateEvents();
}

void Connection::Break() noexcept {
  base::MutexLock lock(mutex_);
  BreakLocked();
}

void Connection::BreakLocked() noexcept {
  if (broken_) return;
  broken_ = true;
  ::shutdown(descriptor(), SHUT_RDWR);
}

void Connection::BeginCall() noexcept {
  base::MutexLock lock(mutex_);
  calls_.fetch_add(1, std::memory_order_relaxed);
}

bool Connection::EndCall() noexcept {
  base::MutexLock lock(mutex_);
  calls_.fetch_sub(1, std::memory_order_relaxed);
  return NeedsLeader();
}

bool Connection::NeedsLeader() const noexcept {
  if (closed_ || posted_) return false;
  if (paused_ && has_room()) return true;
  if (queue_ != nullptr && !watched_) return true;
  return ending_ && calls() == 0 && queue_ == nullptr;
}

bool Connection::MarkPosted() noexcept {
  base::MutexLock lock(mutex_);
  return !std::exchange(posted_, true);
}

void Connection::ClearPosted() noexcept {
  base::MutexLock lock(mutex_);
  posted_ = false;
}

bool Connection::Register(int epoll_descriptor) noexcept {
  base::MutexLock lock(mutex_);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = static_cast<EventTarget*>(this);
  if (epoll_ctl(epoll_descriptor, EPOLL_CTL_ADD, descriptor(), &event) != 0) return false;
  epoll_descriptor_ = epoll_descriptor;
  events_ = EPOLLIN;
  return true;
}

void Connection::UpdateEvents() noexcept {
  if (epoll_descriptor_ < 0 || closed_) return;
  // Whoever is sending looks at the queue again itself.
  const uint32_t wanted =
      (paused_ || ending_ ? 0u : uint32_t{EPOLLIN}) | (queue_ != nullptr && !sending_ ? uint32_t{EPOLLOUT} : 0u);
  if (wanted == events_) return;
  epoll_event event{};
  event.events = wanted;
  event.data.ptr = static_cast<EventTarget*>(this);
  if (epoll_ctl(epoll_descriptor_, EPOLL_CTL_MOD, descriptor(), &event) == 0) events_ = wanted;
}

bool Connection::Pause() noexcept {
  base::MutexLock lock(mutex_);
  if (has_room()) return false;
  paused_ = true;
  UpdateEvents();
  return true;
}

void Connection::PauseAnyway() noexcept {
  base::MutexLock lock(mutex_);
  paused_ = true;
  UpdateEvents();
}

void Connection::Resume() noexcept {
  base::MutexLock lock(mutex_);
  paused_ = false;
}

void Connection::UpdateReading() noexcept {
  base::MutexLock lock(mutex_);
  UpdateEvents();
}

void Connection::SetEnding() noexcept {
  base::MutexLock lock(mutex_);
  ending_ = true;
  UpdateEvents();
}

void Connection::SetWatched(bool watched) noexcept {
  base::MutexLock lock(mutex_);
  watched_ = watched;
}

void Connection::Close(int epoll_descriptor) noexcept {
  base::MutexLock lock(mutex_);
  closed_ = true;
  if (epoll_descriptor_ >= 0) epoll_ctl(epoll_descriptor, EPOLL_CTL_DEL, descriptor(), nullptr);
  BreakLocked();
  DropQueueIfBroken();
}

}  // namespace dittofs::net
