#include "portmap2/service_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dittofs::portmap2 {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"tcp", "udp", "tcp6", "udp6"};

bool IsIpv4Mapped(const ClientAddress& address) noexcept {
  constexpr std::array<uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.ip.begin());
}

}  // namespace

std::string_view NetidName(Netid netid) noexcept {
  return kNames[static_cast<size_t>(netid)];
}

std::optional<Netid> ParseNetid(std::string_view name) noexcept {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Netid>(found - kNames.begin());
}

Netid NetidOf(onc_rpc::Transport transport, const ClientAddress& server) noexcept {
  if (IsIpv4Mapped(server)) return transport == onc_rpc::Transport::kTcp ? Netid::kTcp : Netid::kUdp;
  return transport == onc_rpc::Transport::kTcp ? Netid::kTcp6 : Netid::kUdp6;
}

const Registration* ServiceTable::Find(uint32_t program, uint32_t version, Netid netid) const noexcept {
  const auto found = std::find_if(registrations_.begin(), registrations_.end(), [&](const Registration& entry) {
    return entry.program == program && entry.version == version && entry.netid == netid;
  });
  return found == registrations_.end() ? nullptr : &*found;
}

const Registration* ServiceTable::FindAnyVersion(uint32_t program, uint32_t version, Netid netid) const noexcept {
  if (const Registration* const exact = Find(program, version, netid)) return exact;
  const auto found = std::find_if(registrations_.begin(), registrations_.end(), [&](const Registration& entry) {
    return entry.program == program && entry.netid == netid;
  });
  return found == registrations_.end() ? nullptr : &*found;
}

std::string UniversalAddress(std::string_view host, uint16_t port) {
  return fmt::format("{}.{}.{}", host, port >> 8, port & 0xff);
}

std::string UniversalAddress(const Registration& registration, const ClientAddress& server) {
  const bool same_family = IsIpv6(registration.netid) != IsIpv4Mapped(server);
  if (same_family) return UniversalAddress(FormatAddress(server), registration.port);
  return UniversalAddress(IsIpv6(registration.netid) ? "::" : "0.0.0.0", registration.port);
}

}  // namespace dittofs::portmap2
