#include "stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>

namespace dittofs::bench {

SendQueue::Outcome SendQueue::Flush(int socket) {
  constexpr size_t kSegmentsPerSend = 64;
  while (!empty()) {
    iovec vector[kSegmentsPerSend];
    size_t used = 0;
    size_t own = begin_;
    for (size_t i = next_; i < segments_.size() && used < kSegmentsPerSend; ++i, ++used) {
      const Segment& segment = segments_[i];
      const std::byte* from = segment.payload;
      if (from == nullptr) {
        from = bytes_.data() + own;
        own += segment.length;
      }
      vector[used] = {const_cast<std::byte*>(from), segment.length};
    }
    msghdr message{};
    message.msg_iov = vector;
    message.msg_iovlen = used;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Outcome::kBlocked : Outcome::kFailed;
    }
    Consume(static_cast<size_t>(sent));
  }
  return Outcome::kSent;
}

void SendQueue::Consume(size_t length) {
  while (length > 0) {
    Segment& segment = segments_[next_];
    const size_t part = std::min(length, segment.length);
    if (segment.payload == nullptr) {
      begin_ += part;
    } else {
      segment.payload += part;
    }
    segment.length -= part;
    length -= part;
    if (segment.length == 0) ++next_;
  }
  if (empty()) {
    segments_.clear();
    next_ = 0;
    begin_ = 0;
    end_ = 0;
  }
}

int ConnectTcp(const char* host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string where = std::string(host) + ":" + std::to_string(port);
  if (const int error = getaddrinfo(host, std::to_string(port).c_str(), &hints, &found); error != 0) {
    throw std::runtime_error(where + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(found, freeaddrinfo);
  const int connected = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connected < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
  if (::connect(connected, found->ai_addr, found->ai_addrlen) != 0) {
    const int error = errno;
    ::close(connected);
    throw std::runtime_error("connect to " + where + ": " + std::strerror(error));
  }
  const int on = 1;
  setsockopt(connected, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connected;
}

void SetNonBlocking(int socket) {
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
}

}  // namespace dittofs::bench
