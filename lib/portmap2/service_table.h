#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/runtime.h"
#include "onc_rpc/program.h"

namespace dittofs::portmap2 {

/// The transports that rpcbind knows by a name (RFC 1833 §2.1, "netid").
enum class Netid : uint8_t { kTcp, kUdp, kTcp6, kUdp6 };
/// "tcp", "udp", "tcp6" or "udp6". Static storage.
std::string_view NetidName(Netid netid) noexcept;
std::optional<Netid> ParseNetid(std::string_view name) noexcept;
/// The one that a call arrived over.
Netid NetidOf(onc_rpc::Transport transport, const ClientAddress& server) noexcept;
constexpr bool IsTcp(Netid netid) noexcept {
  return netid == Netid::kTcp || netid == Netid::kTcp6;
}
constexpr bool IsIpv6(Netid netid) noexcept {
  return netid == Netid::kTcp6 || netid == Netid::kUdp6;
}

/// One version of one program on one transport.
struct Registration {
  uint32_t program = 0;
  uint32_t version = 0;
  Netid netid = Netid::kTcp;
  uint16_t port = 0;
};

/// What is served where. What a process serves is known when it starts.
class ServiceTable {
 public:
  ServiceTable() = default;
  explicit ServiceTable(std::vector<Registration> registrations) : registrations_(std::move(registrations)) {}
  std::span<const Registration> registrations() const noexcept { return registrations_; }
  /// That version, or null.
  const Registration* Find(uint32_t program, uint32_t version, Netid netid) const noexcept;
  /// That version, else any version of the program: the client learns the versions from PROG_MISMATCH (RFC 1833
  /// §2.2.1).
  const Registration* FindAnyVersion(uint32_t program, uint32_t version, Netid netid) const noexcept;

 private:
  std::vector<Registration> registrations_;
};

/// The universal address (RFC 5665 §5.2.3) of `port` at `host`, a numeric address: "192.0.2.7.8.1" is port 2049.
std::string UniversalAddress(std::string_view host, uint16_t port);
/// The universal address of `registration` for a client that reached us at `server`; the wildcard address if that is of
/// the other family.
std::string UniversalAddress(const Registration& registration, const ClientAddress& server);

}  // namespace dittofs::portmap2
