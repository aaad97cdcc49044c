#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "dittofs/status.h"
#include "net/address.h"

namespace dittofs::net {

enum class Transport : uint8_t { kTcp, kUdp };
std::string_view TransportName(Transport transport) noexcept;

/// A bound socket and where.
struct BoundSocket {
  base::FileDescriptor socket;
  Transport transport = Transport::kTcp;
  Address address;
};

/// Binds one non-blocking socket (TCP ones listen). "::" takes IPv4 as well. The error names address, port and
/// transport.
Result<BoundSocket> Bind(Transport transport, const Address& address);

/// Binds every address × transport to one port; if `port` is 0, to one that is free on all of them. No addresses mean
/// all of IPv6 and IPv4, or all of IPv4 where the machine has no IPv6. On failure nothing stays bound.
Result<std::vector<BoundSocket>> BindAll(std::span<const std::string> addresses, uint16_t port,
                                         std::span<const Transport> transports);

Status SetNonBlocking(int descriptor);
/// Best effort: request and reply traffic wants no Nagle, and dead peers are to be noticed.
void PrepareAccepted(int descriptor) noexcept;

/// The ends of a connected socket; zeros where the kernel has no IP address for it (socketpair).
Address LocalAddress(int descriptor) noexcept;
Address PeerAddress(int descriptor) noexcept;

}  // namespace dittofs::net
