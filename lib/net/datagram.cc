#include "net/datagram.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

namespace dittofs::net {
namespace {

constexpr size_t kMaxVectors = 64;

int FamilyOf(int descriptor) noexcept {
  int family = AF_INET6;
  socklen_t length = sizeof family;
  getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &length);
  return family;
}

}  // namespace

ssize_t ReceiveDatagram(int descriptor, std::span<std::byte> into, Address* peer, Address* local) noexcept {
  sockaddr_storage from{};
  iovec vector{into.data(), into.size()};
  alignas(cmsghdr) std::array<char, 128> control;
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(descriptor, &message, MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? kNoDatagram : kBadDatagram;
  if (message.msg_flags & MSG_TRUNC) return kBadDatagram;
  *peer = AddressFromKernel(from);
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr = info.ipi_addr;
      sockaddr_storage storage{};
      std::memcpy(&storage, &address, sizeof address);
      local->ip = AddressFromKernel(storage).ip;
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      std::memcpy(local->ip.data(), &info.ipi6_addr, local->ip.size());
    }
  }
  return got;
}

void SendDatagram(int descriptor, OutputBatch& batch, const Address& peer, const Address& local) noexcept try {
  const std::span<const OutputBatch::Segment> segments = batch.Close();
  if (segments.empty() || segments.size() > kMaxVectors) return;
  std::array<iovec, kMaxVectors> vectors;
  for (size_t i = 0; i < segments.size(); ++i) {
    vectors[i] = {const_cast<std::byte*>(segments[i].bytes), segments[i].size_bytes};
  }
  const int family = FamilyOf(descriptor);
  sockaddr_storage to;
  msghdr message{};
  message.msg_namelen = AddressToKernel(peer, family, &to);
  message.msg_name = &to;
  message.msg_iov = vectors.data();
  message.msg_iovlen = segments.size();
  alignas(cmsghdr) std::array<char, 128> control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (family == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.ip.data() + 12, 4);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    message.msg_controllen = CMSG_SPACE(sizeof info);
  } else {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.ip.data(), local.ip.size());
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    message.msg_controllen = CMSG_SPACE(sizeof info);
  }
  // Link-local peers would need the interface as well; without it the kernel routes by the address alone.
  [[maybe_unused]] const ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
} catch (const std::exception&) {
  return;  // no memory for the list of segments: as good as lost on the way
}

}  // namespace dittofs::net
