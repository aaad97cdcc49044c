#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "dittofs/status.h"

namespace dittofs::net {

/// An IPv6 address, or an IPv4 one mapped into it (::ffff:a.b.c.d), in network byte order, with a port.
struct Address {
  std::array<uint8_t, 16> ip{};
  uint16_t port = 0;

  bool is_ipv4() const noexcept;
  friend bool operator==(const Address&, const Address&) = default;
};

/// Parses a numeric IPv4 or IPv6 address. kInvalidArgument.
Result<Address> ParseNumericAddress(std::string_view text, uint16_t port);
/// "192.0.2.7" or "2001:db8::1".
std::string HostText(const Address& address);
/// "192.0.2.7:2049" or "[2001:db8::1]:2049".
std::string HostPortText(const Address& address);

/// From what the kernel says; all zeros for families other than IPv4 and IPv6.
Address AddressFromKernel(const sockaddr_storage& from) noexcept;
/// For a socket of `family` (AF_INET or AF_INET6); the length is the result.
socklen_t AddressToKernel(const Address& address, int family, sockaddr_storage* to) noexcept;

}  // namespace dittofs::net
