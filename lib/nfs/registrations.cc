#include "nfs/registrations.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "mount3/messages.h"
#include "nfs3/types.h"
#include "nlm4/messages.h"
#include "nsm1/messages.h"
#include "portmap2/messages.h"

namespace dittofs::nfs {
namespace {

using portmap2::Netid;
using portmap2::Registration;

constexpr std::string_view kNfs = "nfs";
constexpr std::string_view kMount = "mount";

void Add(uint32_t program, uint32_t lowest, uint32_t highest, Netid netid, uint16_t port,
         std::vector<Registration>& to) {
  for (uint32_t version = lowest; version <= highest; ++version) {
    const bool known = std::any_of(to.begin(), to.end(), [&](const Registration& entry) {
      return entry.program == program && entry.version == version && entry.netid == netid;
    });
    if (!known) to.push_back({program, version, netid, port});
  }
}

}  // namespace

std::vector<Endpoint> NameProtocols(std::vector<Endpoint> bound) {
  std::vector<Endpoint> named;
  for (Endpoint& endpoint : bound) {
    const bool shared = endpoint.protocol == kNfs;
    if (!shared || endpoint.transport == "tcp") named.push_back(endpoint);
    if (!shared) continue;
    endpoint.protocol = kMount;
    named.push_back(std::move(endpoint));
  }
  return named;
}

std::vector<Registration> RegistrationsOf(const std::vector<Endpoint>& bound, bool locks) {
  std::vector<Registration> registrations;
  const auto add = [&](bool tcp, bool ipv6, uint16_t port) {
    if (tcp) {
      Add(nfs3::kProgram, nfs3::kVersion, nfs3::kVersion, ipv6 ? Netid::kTcp6 : Netid::kTcp, port, registrations);
    }
    const Netid netid = tcp ? (ipv6 ? Netid::kTcp6 : Netid::kTcp) : (ipv6 ? Netid::kUdp6 : Netid::kUdp);
    Add(mount3::kProgram, mount3::kLowestVersion, mount3::kVersion, netid, port, registrations);
    if (!locks) return;
    Add(nlm4::kProgram, nlm4::kLowestVersion, nlm4::kVersion, netid, port, registrations);
    Add(nsm1::kProgram, nsm1::kVersion, nsm1::kVersion, netid, port, registrations);
  };
  for (const Endpoint& endpoint : bound) {
    if (endpoint.protocol != kNfs) continue;
    const bool tcp = endpoint.transport == "tcp";
    add(tcp, endpoint.address.find(':') != std::string::npos, endpoint.port);
    if (endpoint.address == "::") add(tcp, false, endpoint.port);
  }
  return registrations;
}

void AddPortmapper(uint16_t port, std::vector<Registration>& registrations) {
  constexpr std::array<Netid, 4> kNetids = {Netid::kTcp, Netid::kUdp, Netid::kTcp6, Netid::kUdp6};
  for (const Netid netid : kNetids) {
    const bool present = std::any_of(registrations.begin(), registrations.end(),
                                     [&](const Registration& entry) { return entry.netid == netid; });
    if (!present) continue;
    // Version 2 knows no IPv6 (RFC 1833 §3).
    const uint32_t lowest = portmap2::IsIpv6(netid) ? 3 : portmap2::kLowestVersion;
    Add(portmap2::kProgram, lowest, portmap2::kHighestVersion, netid, port, registrations);
  }
}

}  // namespace dittofs::nfs
