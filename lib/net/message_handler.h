#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dittofs/buffer.h"
#include "dittofs/file_system.h"
#include "net/address.h"
#include "net/output.h"
#include "net/socket.h"

namespace dittofs::net {

class Connection;
struct DatagramSocket;
class EventLoop;

/// What lies at the front of a connection's input.
struct Frame {
  enum class Kind : uint8_t {
    kIncomplete,  ///< `size_bytes`: how many bytes are needed, counted from the front, to say more.
    kMessage,     ///< `size_bytes`: its length, framing included.
    kBroken,      ///< Not this protocol, or too large: the connection is to be closed.
  };
  Kind kind = Kind::kIncomplete;
  size_t size_bytes = 0;
};

/// What a framing remembers between two looks at one message. Zero at the start of each.
struct FrameState {
  uint32_t scanned_bytes = 0;
  uint32_t fragments = 0;
};

/// One message being handled: its bytes, where the answer goes, and the way to say that handling it will block. Lives
/// on the stack of the thread that handles it, from start to end.
class Exchange final : public BlockingHook {
 public:
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// The message with its framing; may be changed in place. Valid until handling ends.
  std::span<std::byte> message() const noexcept { return message_; }
  /// The memory that message() lies in, if it was received into memory of its own; else empty.
  const Buffer& memory() const noexcept { return memory_; }
  /// Where to encode the answer: from start() on. Leaving it at start() means no answer.
  OutputBatch& output() noexcept { return *output_; }
  const OutputBatch::Mark& start() const noexcept { return start_; }

  Transport transport() const noexcept { return datagram_ != nullptr ? Transport::kUdp : Transport::kTcp; }
  const Address& peer() const noexcept { return *peer_; }
  const Address& local() const noexcept { return *local_; }
  uint32_t loop_index() const noexcept { return loop_index_; }
  /// Monotonic time, as of when the input was read.
  uint64_t received_ns() const noexcept { return received_ns_; }
  bool handed_over() const noexcept { return handed_over_; }

  /// Gives the loop to another thread, once; this one goes on with the message alone.
  void WillBlock() noexcept override;

 private:
  friend class EventLoop;
  Exchange() = default;
  ~Exchange() = default;

  std::span<std::byte> message_;
  Buffer memory_;
  Buffer shared_input_;  // what message_ lies in, together with others, once the loop went on without us
  OutputBatch* output_ = nullptr;
  OutputBatch::Mark start_;
  Connection* connection_ = nullptr;
  DatagramSocket* datagram_ = nullptr;
  const Address* peer_ = nullptr;
  const Address* local_ = nullptr;
  EventLoop* loop_ = nullptr;
  uint64_t received_ns_ = 0;
  uint64_t charged_bytes_ = 0;
  uint32_t loop_index_ = 0;
  bool handed_over_ = false;
};

/// A protocol, as seen from the sockets. One object serves many connections. Thread-safe.
class MessageHandler {
 public:
  enum class Outcome : uint8_t { kGoOn, kClose };
  /// Finds the first message in `input`. Called again with more input after kIncomplete, with the same `state`.
  virtual Frame NextFrame(std::span<const std::byte> input, FrameState& state) const noexcept = 0;
  /// Handles one message that NextFrame() found, or one datagram, and encodes the answer.
  virtual Outcome HandleMessage(Exchange& exchange) noexcept = 0;

 protected:
  ~MessageHandler() = default;
};

}  // namespace dittofs::net
