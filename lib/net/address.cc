#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace dittofs::net {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool Address::is_ipv4() const noexcept {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

Result<Address> ParseNumericAddress(std::string_view text, uint16_t port) {
  const std::string terminated(text);
  Address address;
  address.port = port;
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.ip.begin());
    std::memcpy(address.ip.data() + 12, &v4, 4);
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.ip.data()) == 1) return address;
  return Status(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a numeric IPv4 or IPv6 address", text));
}

std::string HostText(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.is_ipv4()) {
    inet_ntop(AF_INET, address.ip.data() + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, address.ip.data(), text, sizeof text);
  }
  return text;
}

std::string HostPortText(const Address& address) {
  return address.is_ipv4() ? fmt::format("{}:{}", HostText(address), address.port)
                           : fmt::format("[{}]:{}", HostText(address), address.port);
}

Address AddressFromKernel(const sockaddr_storage& from) noexcept {
  Address address;
  if (from.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &from, sizeof v4);
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.ip.begin());
    std::memcpy(address.ip.data() + 12, &v4.sin_addr, 4);
    address.port = ntohs(v4.sin_port);
  } else if (from.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &from, sizeof v6);
    std::memcpy(address.ip.data(), &v6.sin6_addr, 16);
    address.port = ntohs(v6.sin6_port);
  }
  return address;
}

socklen_t AddressToKernel(const Address& address, int family, sockaddr_storage* to) noexcept {
  std::memset(to, 0, sizeof *to);
  if (family == AF_INET) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.ip.data() + 12, 4);
    std::memcpy(to, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  std::memcpy(&v6.sin6_addr, address.ip.data(), 16);
  std::memcpy(to, &v6, sizeof v6);
  return sizeof v6;
}

}  // namespace dittofs::net
