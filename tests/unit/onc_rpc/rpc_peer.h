#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "catch.h"
#include "dittofs/environment.h"
#include "onc_rpc/message.h"
#include "onc_rpc/record_mark.h"
#include "onc_rpc/server.h"

namespace dittofs::onc_rpc::testing {

/// Time that moves when told.
class HandClock final : public Clock {
 public:
  Timestamp Now() override { return {1'700'000'000, 0}; }
  uint64_t MonotonicNanoseconds() override { return now_ns_.load(); }
  void AdvanceSeconds(uint64_t seconds) { now_ns_ += seconds * 1'000'000'000; }

 private:
  std::atomic<uint64_t> now_ns_{1'000'000'000'000};
};

/// Bytes in the making, in network byte order.
class Wire {
 public:
  Wire& Word(uint32_t value) {
    bytes_.resize(bytes_.size() + 4);
    base::StoreBigEndian(bytes_.data() + bytes_.size() - 4, value);
    return *this;
  }
  Wire& Bytes(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Wire& Opaque(std::string_view text) {
    Word(static_cast<uint32_t>(text.size()));
    Bytes(base::AsBytes(text));
    while (bytes_.size() % 4 != 0) bytes_.push_back(std::byte{0});
    return *this;
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  std::vector<std::byte> bytes_;
};

/// An RPC call message without record mark; AUTH_NONE.
inline Wire CallMessage(uint32_t xid, uint32_t program, uint32_t version, uint32_t procedure,
                        std::span<const std::byte> arguments = {}) {
  Wire wire;
  wire.Word(xid).Word(kMessageCall).Word(kRpcVersion).Word(program).Word(version).Word(procedure);
  wire.Word(0).Word(0).Word(0).Word(0).Bytes(arguments);
  return wire;
}
/// `message` as one record of one fragment.
inline std::vector<std::byte> Record(const Wire& message) {
  Wire wire;
  wire.Word(kLastFragment | static_cast<uint32_t>(message.size())).Bytes(message.bytes());
  return wire.bytes();
}

/// A client's end of a connection.
class Peer {
 public:
  explicit Peer(int descriptor) : socket_(descriptor) {
    // Only so that a test that would hang fails instead.
    const timeval limit{20, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  int descriptor() const { return socket_.get(); }
  void Send(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      REQUIRE(sent > 0);
      bytes = bytes.subspan(static_cast<size_t>(sent));
    }
  }
  void SendCall(uint32_t xid, uint32_t program, uint32_t version, uint32_t procedure,
                std::span<const std::byte> arguments = {}) {
    Send(Record(CallMessage(xid, program, version, procedure, arguments)));
  }
  void Receive(std::span<std::byte> into) {
    while (!into.empty()) {
      const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
      REQUIRE(got > 0);
      into = into.subspan(static_cast<size_t>(got));
    }
  }
  /// The content of the next record as words and bytes.
  std::vector<std::byte> ReceiveRecord() {
    std::array<std::byte, 4> mark;
    Receive(mark);
    const uint32_t value = base::LoadBigEndian<uint32_t>(mark.data());
    REQUIRE((value & kLastFragment) != 0);
    std::vector<std::byte> content(value & ~kLastFragment);
    Receive(content);
    return content;
  }
  std::vector<uint32_t> ReceiveWords() {
    const std::vector<std::byte> content = ReceiveRecord();
    std::vector<uint32_t> words;
    for (size_t i = 0; i + 4 <= content.size(); i += 4) {
      words.push_back(base::LoadBigEndian<uint32_t>(content.data() + i));
    }
    return words;
  }
  uint32_t ReceiveXid() { return ReceiveWords().at(0); }
  /// Waits for the server to close the connection.
  bool IsClosed() {
    std::byte byte;
    const ssize_t got = ::recv(socket_.get(), &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }
  /// Whether something to read is there right now.
  bool HasInput() {
    std::byte byte;
    return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }
  void EndSending() { ::shutdown(socket_.get(), SHUT_WR); }
  void Close() { socket_.Close(); }

 private:
  base::FileDescriptor socket_;
};

inline Peer Connect(Server& server, const std::vector<Program*>& programs, int send_buffer_bytes = 0) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  if (send_buffer_bytes > 0) {
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
  }
  REQUIRE(server.Adopt(base::FileDescriptor(ends[0]), programs).ok());
  return Peer(ends[1]);
}

/// The words of an accepted reply's head.
inline std::vector<uint32_t> Accepted(uint32_t xid, AcceptStatus status) {
  return {xid, kMessageReply, kReplyAccepted, 0, 0, static_cast<uint32_t>(status)};
}

}  // namespace dittofs::onc_rpc::testing
