#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dittofs/status.h"

namespace dittofs::runtime {

/// An IPv6 or IPv4-mapped address in network byte order.
using IpAddress = std::array<uint8_t, 16>;

/// All addresses that begin with the same bits.
struct AddressPrefix {
  IpAddress ip{};
  uint8_t bits = 128;  ///< 0..128; an IPv4 prefix of n bits counts 96 + n here.

  bool Contains(const IpAddress& address) const noexcept;
  friend bool operator==(const AddressPrefix&, const AddressPrefix&) = default;
};

/// "192.0.2.7", "192.0.2.0/24", "2001:db8::/32". Bits beyond the prefix are cleared. Nothing if the text is neither an
/// address nor a CIDR block; kInvalidArgument if it is meant as one but is wrong ("192.0.2.0/33").
Result<std::optional<AddressPrefix>> ParsePrefix(std::string_view text);

/// Whether `text` can be a host name (RFC 1123 §2.1, underscores allowed) and cannot be taken for an address.
bool IsHostName(std::string_view text) noexcept;

}  // namespace dittofs::runtime
