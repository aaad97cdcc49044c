#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "wire.h"

namespace dittofs::bench {

/// Cuts a TCP stream into RPC records (RFC 5531 §11). A record that lies whole in what was received is handed on in
/// place; of others only the first `head_bytes_max` bytes are kept, the rest is counted and dropped.
class RecordReader {
 public:
  explicit RecordReader(size_t head_bytes_max) : head_(head_bytes_max) {}

  /// Calls sink(head, record_bytes) for every record that ends in `input`.
  template <typename Sink>
  void Feed(std::span<const std::byte> input, Sink&& sink) {
    const std::byte* at = input.data();
    const std::byte* const end = at + input.size();
    while (at != end) {
      if (mark_bytes_ == 0 && record_bytes_ == 0 && static_cast<size_t>(end - at) >= kMarkBytes) {
        const uint32_t mark = LoadU32(at);
        const size_t length = mark & ~kLastFragment;
        if ((mark & kLastFragment) != 0 && static_cast<size_t>(end - at) - kMarkBytes >= length) {
          sink(std::span(at + kMarkBytes, length), length);
          at += kMarkBytes + length;
          continue;
        }
      }
      if (mark_bytes_ < kMarkBytes) {
        mark_[mark_bytes_++] = *at++;
        if (mark_bytes_ == kMarkBytes) fragment_left_ = LoadU32(mark_) & ~kLastFragment;
      } else {
        const size_t length = std::min(fragment_left_, static_cast<size_t>(end - at));
        if (record_bytes_ < head_.size()) {
          std::memcpy(head_.data() + record_bytes_, at, std::min(length, head_.size() - record_bytes_));
        }
        record_bytes_ += length;
        fragment_left_ -= length;
        at += length;
      }
      if (mark_bytes_ == kMarkBytes && fragment_left_ == 0) {
        mark_bytes_ = 0;
        if ((LoadU32(mark_) & kLastFragment) != 0) {
          const size_t total = record_bytes_;
          record_bytes_ = 0;
          sink(std::span<const std::byte>(head_).first(std::min(total, head_.size())), total);
        }
      }
    }
  }

 private:
  std::vector<std::byte> head_;
  std::byte mark_[kMarkBytes]{};
  size_t mark_bytes_ = 0;
  size_t fragment_left_ = 0;
  size_t record_bytes_ = 0;  // of all fragments so far
};

/// What is to be sent on one connection: small messages are gathered in one buffer, large payloads are only referred
/// to. Never holds more than the caller's requests in flight.
class SendQueue {
 public:
  /// Room for `messages` messages of up to `message_bytes_max` bytes; more of them make it grow.
  SendQueue(size_t messages, size_t message_bytes_max)
      : bytes_(2 * messages * message_bytes_max), message_bytes_max_(message_bytes_max) {
    segments_.reserve(4 * messages + 4);
  }

  /// Room for one message; Commit() says how much of it was used.
  std::byte* Reserve() {
    if (bytes_.size() - end_ < message_bytes_max_) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
      if (bytes_.size() - end_ < message_bytes_max_) bytes_.resize(2 * bytes_.size());
    }
    return bytes_.data() + end_;
  }
  void Commit(size_t length) {
    end_ += length;
    if (!segments_.empty() && segments_.back().payload == nullptr) {
      segments_.back().length += length;
    } else {
      Push({nullptr, length});
    }
  }
  /// Bytes that stay where they are until they are sent.
  void CommitPayload(std::span<const std::byte> payload) { Push({payload.data(), payload.size()}); }
  bool empty() const noexcept { return next_ == segments_.size(); }

  enum class Outcome : uint8_t { kSent, kBlocked, kFailed };
  /// Sends all there is, or until the socket takes no more. kFailed leaves errno.
  Outcome Flush(int socket);

 private:
  struct Segment {
    const std::byte* payload;  // null: the next `length` bytes of bytes_
    size_t length;
  };
  void Push(const Segment& segment) {
    if (segments_.size() == segments_.capacity()) {
      segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(next_));
      next_ = 0;
    }
    segments_.push_back(segment);
  }
  void Consume(size_t length);

  std::vector<std::byte> bytes_;
  size_t message_bytes_max_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::vector<Segment> segments_;
  size_t next_ = 0;
};

/// A connected TCP socket without Nagle's delay. Throws std::runtime_error.
int ConnectTcp(const char* host, uint16_t port);
void SetNonBlocking(int socket);

}  // namespace dittofs::bench
