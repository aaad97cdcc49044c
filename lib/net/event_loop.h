#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/files.h"
#include "base/mutex.h"
#include "dittofs/status.h"
#include "net/connection.h"
#include "net/leader_pool.h"
#include "net/message_handler.h"
#include "net/output.h"
#include "net/socket.h"
#include "net/timer_wheel.h"

namespace dittofs::net {

struct EngineState;
enum class Phase : uint32_t;

/// A socket that clients connect to.
struct Listener final : EventTarget {
  Listener(BoundSocket bound_socket, MessageHandler& message_handler)
      : EventTarget(Kind::kListener), bound(std::move(bound_socket)), handler(message_handler) {}
  BoundSocket bound;
  MessageHandler& handler;
};

/// A socket where each datagram is a message.
struct DatagramSocket final : EventTarget {
  DatagramSocket(BoundSocket bound_socket, MessageHandler& message_handler)
      : EventTarget(Kind::kDatagrams), bound(std::move(bound_socket)), handler(message_handler) {}
  BoundSocket bound;
  MessageHandler& handler;
};

/// One epoll set (level-triggered) and everything that is read from it, driven by one thread at a time: the leader. All
/// of its state except what is posted belongs to the leader, and is complete at every call of a MessageHandler, so
/// that another thread can go on from there.
class EventLoop final : public Led {
 public:
  static Result<std::unique_ptr<EventLoop>> Create(EngineState& engine, uint32_t index);
  ~EventLoop();

  void Lead() noexcept override;

  // Any thread.

  /// Makes the leader look at the clock, the phase, and what was posted.
  void Wake() noexcept;
  /// Makes the leader look at `connection`; a new one becomes the loop's.
  void Post(Connection& connection) noexcept EXCLUDES(post_mutex_);
  void Watch(Listener& listener) noexcept;
  void Watch(DatagramSocket& socket) noexcept;

 private:
  friend class Exchange;
  static constexpr size_t kScratchBytes = 64 * 1024;
  static constexpr size_t kEvents = 64;
  /// A message: in the current input, or owned.
  struct Message {
    std::span<std::byte> bytes;
    Buffer memory;
    uint64_t charged_bytes = 0;
  };
  enum class Found : uint8_t { kMessage, kNothing, kStarved, kBroken };

  EventLoop(EngineState& engine, uint32_t index, base::FileDescriptor epoll, base::FileDescriptor wakeup);

  // Each of these returns false when the caller is no longer the leader, and must not touch the loop any more.

  bool Step();
  bool HandleEvent(const epoll_event& event);
  bool HandleConnection(Connection& connection, uint32_t events);
  bool HandleReadable(Connection& connection);
  bool HandleDatagrams(DatagramSocket& socket);
  bool Attend(Connection& connection);
  bool ResumeInput(Connection& connection);
  bool ProcessInput();
  bool RunMessage(Connection& connection, Message message);

  void HandOver(Exchange& exchange) noexcept;
  /// The end of a call that was handed over, on its own thread.
  void FinishAlone(Exchange& exchange, MessageHandler::Outcome outcome) noexcept;
  Found FindMessage(Connection& connection, Message* message);
  bool StartPartial(Connection& connection, size_t needed_bytes);
  void DropPartial(Connection& connection) noexcept;
  void StashInput(Connection& connection);
  void Flush(Connection& connection) noexcept;
  /// After something happened to `connection`: ends it if that was the last thing, and sees to its timer.
  void Settle(Connection& connection) noexcept;
  uint64_t DeadlineOf(const Connection& connection) const noexcept;
  void Accept(Listener& listener);
  void RunTimers() noexcept;
  void RetryStarved() noexcept;
  void EnterPhase();
  void Wait() noexcept;
  void ReadClock() noexcept;
  void EnsureScratch();
  void Adopt(Connection& connection) noexcept;
  void Close(Connection& connection) noexcept;
  void ReleaseClosed() noexcept;
  void DropCurrent() noexcept;
  Connection* NextPosted() noexcept EXCLUDES(post_mutex_);

  EngineState& engine_;
  const uint32_t index_;
  const base::FileDescriptor epoll_;
  const base::FileDescriptor wakeup_;
  EventTarget wakeup_target_{EventTarget::Kind::kWakeup};

  // The leader's.
  TimerWheel timers_;
  uint64_t now_ns_ = 0;
  std::array<epoll_event, kEvents> events_;
  size_t next_event_ = 0;
  size_t event_count_ = 0;
  Connection* current_ = nullptr;  // whose input is being handled
  std::span<std::byte> input_;     // what is left of it
  Buffer input_memory_;            // that it lies in; empty: in the scratch
  Buffer scratch_;                 // whatever sockets are read into first; replaced when calls keep the old one
  std::byte* scratch_bytes_ = nullptr;
  std::unique_ptr<OutputBatch> batch_;  // the answers to the current input
  Connection* connections_ = nullptr;
  Connection* closed_ = nullptr;    // in this step; released at the next, so that callers may still look
  Connection* attended_ = nullptr;  // list taken from posted_
  size_t starved_count_ = 0;
  Phase phase_;  // as far as it was acted on
  bool ended_ = false;

  base::Mutex post_mutex_;  // rank: leaf
  // Lists by Connection::next_posted, each entry with a reference; a connection is posted at most once.
  Connection* posted_ GUARDED_BY(post_mutex_) = nullptr;
  std::atomic<bool> has_posted_{false};
};

}  // namespace dittofs::net
