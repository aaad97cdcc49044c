#include "net/socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace dittofs::net {
namespace {

constexpr int kListenBacklog = 4096;
/// How often an unfit free port is given back for another one.
constexpr int kFreePortAttempts = 32;

int SetOption(int descriptor, int level, int name, int value) noexcept {
  return setsockopt(descriptor, level, name, &value, sizeof value);
}

Status BindError(int error, Transport transport, const Address& address) {
  return base::StatusOfErrno(error, fmt::format("{} address", TransportName(transport)), HostPortText(address));
}

bool MeansNoIpv6(const Status& status, int error) noexcept {
  return !status.ok() && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL);
}

Result<BoundSocket> BindWithErrno(Transport transport, const Address& address, int* error) {
  const int family = address.is_ipv4() ? AF_INET : AF_INET6;
  const int type = transport == Transport::kTcp ? SOCK_STREAM : SOCK_DGRAM;
  const auto failed = [&] {
    *error = errno;
    return BindError(*error, transport, address);
  };
  base::FileDescriptor socket(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return failed();
  // A restart must not wait for the TIME_WAIT of old connections. UDP sockets would share the port with it: not there.
  if (transport == Transport::kTcp && SetOption(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1) != 0) return failed();
  if (family == AF_INET6) {
    const bool any = address.ip == decltype(address.ip){};
    if (SetOption(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, any ? 0 : 1) != 0) return failed();
  }
  if (transport == Transport::kUdp) {
    // Replies leave from the address that the call was sent to.
    const int result = family == AF_INET6 ? SetOption(socket.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                          : SetOption(socket.get(), IPPROTO_IP, IP_PKTINFO, 1);
    if (result != 0) return failed();
  }
  sockaddr_storage kernel_address;
  const socklen_t length = AddressToKernel(address, family, &kernel_address);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&kernel_address), length) != 0) return failed();
  if (transport == Transport::kTcp && ::listen(socket.get(), kListenBacklog) != 0) return failed();
  BoundSocket bound;
  bound.transport = transport;
  bound.address = LocalAddress(socket.get());
  bound.socket = std::move(socket);
  return bound;
}

}  // namespace

std::string_view TransportName(Transport transport) noexcept {
  return transport == Transport::kTcp ? "tcp" : "udp";
}

Result<BoundSocket> Bind(Transport transport, const Address& address) {
  int error = 0;
  return BindWithErrno(transport, address, &error);
}

Result<std::vector<BoundSocket>> BindAll(std::span<const std::string> addresses, uint16_t port,
                                         std::span<const Transport> transports) {
  std::vector<Address> wanted;
  for (const std::string& text : addresses) {
    Result<Address> address = ParseNumericAddress(text, port);
    if (!address) return address.status();
    wanted.push_back(*address);
  }
  const bool everywhere = wanted.empty();
  if (everywhere) wanted.push_back(Address{{}, port});

  for (int attempt = 1;; ++attempt) {
    std::vector<BoundSocket> bound;
    Status status;
    uint16_t common_port = port;
    for (size_t i = 0; i < wanted.size() && status.ok(); ++i) {
      for (const Transport transport : transports) {
        Address address = wanted[i];
        address.port = common_port;
        int error = 0;
        Result<BoundSocket> socket = BindWithErrno(transport, address, &error);
        if (everywhere && bound.empty() && MeansNoIpv6(socket.status(), error)) {
          wanted[i] = *ParseNumericAddress("0.0.0.0", common_port);
          address = wanted[i];
          socket = BindWithErrno(transport, address, &error);
        }
        if (!socket) {
          status = socket.status();
          break;
        }
        common_port = socket->address.port;
        bound.push_back(std::move(*socket));
      }
    }
    if (status.ok()) return bound;
    const bool another_port_may_do = port == 0 && !bound.empty() && status == ErrorCode::kAlreadyInUse;
    if (!another_port_may_do || attempt == kFreePortAttempts) return status;
  }
}

Status SetNonBlocking(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
    return base::StatusOfErrno(errno, "make non-blocking", "a socket");
  }
  return Status::Ok();
}

void PrepareAccepted(int descriptor) noexcept {
  SetOption(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

Address LocalAddress(int descriptor) noexcept {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return AddressFromKernel(address);
}

Address PeerAddress(int descriptor) noexcept {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return AddressFromKernel(address);
}

}  // namespace dittofs::net
