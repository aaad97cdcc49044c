// The lower bound that servers are compared with: record-marked requests in, replies of the wanted length out, all that
// one read brought answered by one send, one thread, nothing else done.
//
//   echo_control [PORT]      prints "port N"; 0 or nothing: any free port. Ends with the signal that ends it.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <unordered_map>
#include <vector>

#include "stream.h"
#include "wire.h"

namespace dittofs::bench {
namespace {

constexpr size_t kScratchBytes = 1u << 20;
constexpr size_t kSmallReplyBytes = 1024;
constexpr size_t kReplyBytesMax = 1u << 26;
constexpr size_t kSourceBytes =
    64u << 20;  // replies are sent from all over it: a server's cache does not fit the L2 either
constexpr size_t kRepliesExpected = 16;  // to one read

class EchoServer {
 public:
  explicit EchoServer(uint16_t port) : scratch_(kScratchBytes), source_(kSourceBytes + kReplyBytesMax) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 4096) != 0) {
      std::perror("echo_control");
      std::exit(1);
    }
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    std::printf("port %d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  }

  [[noreturn]] void Serve() {
    for (;;) {
      epoll_event events[256];
      const int ready = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < ready; ++i) {
        const int socket = events[i].data.fd;
        if (socket == listener_) {
          Accept();
        } else if (!Handle(socket, events[i].events)) {
          connections_.erase(socket);
          ::close(socket);
        }
      }
    }
  }

 private:
  struct Connection {
    RecordReader reader{16};
    SendQueue queue{kRepliesExpected, kSmallReplyBytes};
    bool wants_writable = false;
  };

  void Watch(int socket, uint32_t what, int how) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = socket;
    epoll_ctl(epoll_, how, socket, &event);
  }

  void Accept() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      const int on = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_[socket] = std::make_unique<Connection>();
      Watch(socket, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  void Answer(Connection& connection, std::span<const std::byte> request) {
    Decoder decoder(request);
    const uint32_t xid = decoder.U32();
    const size_t length = std::min<size_t>(std::max(4u, decoder.U32()), kReplyBytesMax);
    Encoder reply(connection.queue.Reserve());
    reply.U32(static_cast<uint32_t>(length) | kLastFragment);
    reply.U32(xid);
    if (length <= kSmallReplyBytes - kMarkBytes) {
      reply.Raw(source_.data(), length - 4);
      connection.queue.Commit(reply.size());
      return;
    }
    connection.queue.Commit(reply.size());
    connection.queue.CommitPayload(std::span(source_).subspan(next_source_, length - 4));
    next_source_ = (next_source_ + PadTo4(length)) % kSourceBytes;
  }

  bool Handle(int socket, uint32_t events) {
    Connection& connection = *connections_[socket];
    if ((events & EPOLLIN) != 0) {
      const ssize_t received = ::recv(socket, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
      if (received == 0) return false;
      if (received > 0) {
        connection.reader.Feed(std::span(scratch_).first(static_cast<size_t>(received)),
                               [&](std::span<const std::byte> request, size_t) { Answer(connection, request); });
      }
    } else if ((events & EPOLLOUT) == 0) {
      return false;
    }
    if (connection.queue.empty()) return true;
    const SendQueue::Outcome outcome = connection.queue.Flush(socket);
    const bool blocked = outcome == SendQueue::Outcome::kBlocked;
    if (blocked != connection.wants_writable) {
      connection.wants_writable = blocked;
      Watch(socket, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
    return outcome != SendQueue::Outcome::kFailed;
  }

  int listener_;
  int epoll_;
  std::vector<std::byte> scratch_;
  std::vector<std::byte> source_;
  size_t next_source_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace
}  // namespace dittofs::bench

int main(int argc, char** argv) {
  dittofs::bench::EchoServer server(static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
  server.Serve();
}
