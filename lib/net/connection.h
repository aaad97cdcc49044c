#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/files.h"
#include "base/mutex.h"
#include "dittofs/buffer.h"
#include "net/address.h"
#include "net/engine_options.h"
#include "net/message_handler.h"
#include "net/output.h"
#include "net/timer_wheel.h"

namespace dittofs::net {

/// What an epoll event or a timer points to.
struct EventTarget : TimerNode {
  enum class Kind : uint8_t { kWakeup, kListener, kDatagrams, kConnection };
  explicit EventTarget(Kind target_kind) noexcept : kind(target_kind) {}
  const Kind kind;
};

/// A stream socket with a client. Two kinds of threads use it: the leader of its loop, who reads, and threads that each
/// finish one call of it and send the answer. What only the leader touches is in LeaderPart.
class Connection final : public EventTarget {
 public:
  /// State of reading. Thread-bound: the leader of the loop.
  struct LeaderPart {
    Connection* previous = nullptr;  // the loop's connections
    Connection* next = nullptr;
    uint64_t last_activity_ns = 0;
    // The first message, as far as it came, if it did not come whole. Memory for `partial_needed` bytes.
    Buffer partial;
    std::byte* partial_bytes = nullptr;
    size_t partial_size = 0;
    size_t partial_needed = 0;
    uint64_t partial_since_ns = 0;
    uint64_t charged_bytes = 0;  // of the engine's budget, for `partial`
    Buffer stash;                // input that waits because a bound was reached
    FrameState frame;
    uint8_t bulk = 0;  // > 0: large messages came lately, so read little at a time until the length is known
    bool registered = false;
    bool starved = false;  // paused for want of budget
    bool drained = false;  // was read for the last time
    bool resumed = false;  // epoll is to be told when the stash is handled
  };
  LeaderPart leader;
  Connection* next_posted = nullptr;  ///< Belongs to the loop.

  /// Starts with one reference, the caller's.
  Connection(EventLoop& loop, base::FileDescriptor socket, MessageHandler& handler, const Address& peer,
             const Address& local, const ConnectionLimits& limits);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  EventLoop& loop() const noexcept { return loop_; }
  MessageHandler& handler() const noexcept { return handler_; }
  const Address& peer() const noexcept { return peer_; }
  const Address& local() const noexcept { return local_; }
  int descriptor() const noexcept { return socket_.get(); }
  void AddReference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// Sends `segments` after everything sent before; what the socket does not take is queued. Thread-safe.
  void Send(std::span<const OutputBatch::Segment> segments, uint64_t now_ns) noexcept EXCLUDES(mutex_);
  /// Ends both directions; the leader hears of it from epoll. Thread-safe.
  void Break() noexcept EXCLUDES(mutex_);
  /// Counts a call that went to a thread of its own, and its end. True: the leader is to be told (EventLoop::Post).
  void BeginCall() noexcept EXCLUDES(mutex_);
  bool EndCall() noexcept EXCLUDES(mutex_);
  /// True: nobody has told the leader yet; cleared by the leader with ClearPosted().
  bool MarkPosted() noexcept EXCLUDES(mutex_);

  // Leader only.

  void ClearPosted() noexcept EXCLUDES(mutex_);
  bool Register(int epoll_descriptor) noexcept EXCLUDES(mutex_);
  /// The socket took what it could; send on.
  void SendQueued(uint64_t now_ns) noexcept EXCLUDES(mutex_);
  /// Whether another message may be handled now.
  bool has_room() const noexcept {
    return calls_.load(std::memory_order_relaxed) < limits_.max_requests &&
           queued_bytes_.load(std::memory_order_relaxed) < limits_.max_queued_bytes;
  }
  /// Stops reading until there is room again. False: there is room by now, so it was not paused.
  bool Pause() noexcept EXCLUDES(mutex_);
  /// Stops reading whether or not there is room, for want of something else.
  void PauseAnyway() noexcept EXCLUDES(mutex_);
  /// Undoes a pause; the input is not watched before UpdateReading().
  void Resume() noexcept EXCLUDES(mutex_);
  /// No input will be read any more; the connection ends when everything is answered.
  void SetEnding() noexcept EXCLUDES(mutex_);
  void UpdateReading() noexcept EXCLUDES(mutex_);
  /// Whether the slow-client timer runs, so that nobody has to ask for it.
  void SetWatched(bool watched) noexcept EXCLUDES(mutex_);
  /// Nothing is sent or read any more. The descriptor is closed with the last reference.
  void Close(int epoll_descriptor) noexcept EXCLUDES(mutex_);

  bool paused() const noexcept { return paused_; }
  bool ending() const noexcept { return ending_; }
  bool closed() const noexcept { return closed_; }
  bool watched() const noexcept { return watched_; }
  uint32_t calls() const noexcept { return calls_.load(std::memory_order_relaxed); }
  size_t queued_bytes() const noexcept { return queued_bytes_.load(std::memory_order_relaxed); }
  uint64_t output_progress_ns() const noexcept { return output_progress_ns_.load(std::memory_order_relaxed); }

 private:
  ~Connection();
  /// Bytes sent; less than there are: the socket is full. Negative: the connection is broken.
  static ptrdiff_t SendSegments(int descriptor, std::span<const OutputBatch::Segment> segments) noexcept;
  void QueueOrBreak(std::span<const OutputBatch::Segment> segments, size_t skip_bytes, bool first) noexcept
      REQUIRES(mutex_);
  void Drain(uint64_t now_ns) noexcept REQUIRES(mutex_);
  void BreakLocked() noexcept REQUIRES(mutex_);
  void DropQueueIfBroken() noexcept REQUIRES(mutex_);
  void UpdateEvents() noexcept REQUIRES(mutex_);
  bool NeedsLeader() const noexcept REQUIRES(mutex_);

  EventLoop& loop_;
  MessageHandler& handler_;
  const base::FileDescriptor socket_;
  const ConnectionLimits& limits_;
  const Address peer_;
  const Address local_;
  std::atomic<uint32_t> references_{1};
  // Written under mutex_; the leader, and for calls_ and queued_bytes_ nobody else, reads them without.
  std::atomic<uint32_t> calls_{0};
  std::atomic<size_t> queued_bytes_{0};
  std::atomic<uint64_t> output_progress_ns_{0};
  base::Mutex mutex_;  // rank: after the loop's; nothing is locked under it
  std::unique_ptr<OutputQueue> queue_ GUARDED_BY(mutex_);
  int epoll_descriptor_ GUARDED_BY(mutex_) = -1;
  uint32_t events_ GUARDED_BY(mutex_) = 0;   // as epoll knows them
  bool sending_ GUARDED_BY(mutex_) = false;  // a thread is in sendmsg() with the mutex released
  bool broken_ GUARDED_BY(mutex_) = false;   // output is thrown away
  bool posted_ GUARDED_BY(mutex_) = false;   // the leader was told to look
  // Written by the leader under mutex_, so that it may read them without.
  bool paused_ = false;
  bool ending_ = false;
  bool closed_ = false;
  bool watched_ = false;
};

}  // namespace dittofs::net
