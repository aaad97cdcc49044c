#include "service/probe.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "text.h"

namespace dittofs::server {
namespace {

// RFC 5531 §11 record mark, §9 call: xid, CALL, RPC version 2, program 100003, version 3, procedure 0, AUTH_NONE twice.
constexpr uint32_t kXid = 0x64697474;
constexpr std::array<uint32_t, 11> kNullCall = {0x80000000u | 40, kXid, 0, 2, 100003, 3, 0, 0, 0, 0, 0};
// Reply: record mark, xid, REPLY, accepted, verifier (flavor, length), SUCCESS.
constexpr std::array<uint32_t, 7> kNullReply = {0x80000000u | 24, kXid, 1, 0, 0, 0, 0};

template <size_t N>
std::array<uint32_t, N> BigEndian(std::array<uint32_t, N> words) {
  for (uint32_t& word : words) word = __builtin_bswap32(word);
  return words;
}
static_assert(std::endian::native == std::endian::little);

Status Failed(std::string_view doing) {
  return Status(ErrorCode::kUnavailable, Cat(doing, ": ", std::strerror(errno)));
}

}  // namespace

Result<uint64_t> ProbeNfs(const std::string& address, uint16_t port, uint32_t timeout_ms) {
  addrinfo wanted{};
  wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(address.c_str(), std::to_string(port).c_str(), &wanted, &found); error != 0) {
    return Status(ErrorCode::kInvalidArgument, gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  const auto began = std::chrono::steady_clock::now();
  const int connection = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return Failed("socket");
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{connection};
  const timeval timeout{timeout_ms / 1000, static_cast<suseconds_t>(timeout_ms % 1000) * 1000};
  ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);  // Also of connect().
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  if (::connect(connection, found->ai_addr, found->ai_addrlen) != 0) return Failed("connect");
  const auto call = BigEndian(kNullCall);
  if (::send(connection, call.data(), sizeof call, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof call)) {
    return Failed("send");
  }
  std::array<uint32_t, kNullReply.size()> reply{};
  if (const ssize_t got = ::recv(connection, reply.data(), sizeof reply, MSG_WAITALL); got < 0)
    return Failed("receive");
  if (reply != BigEndian(kNullReply)) return Status(ErrorCode::kUnavailable, "what answers there is no NFSv3 server");
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count());
}

}  // namespace dittofs::server
