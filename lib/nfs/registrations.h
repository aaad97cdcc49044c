#pragma once

#include <cstdint>
#include <vector>

#include "dittofs/protocol_adapter.h"
#include "portmap2/service_table.h"

namespace dittofs::nfs {

/// `bound` as users know it: the NFS port also serves MOUNT over TCP, and MOUNT alone over UDP.
std::vector<Endpoint> NameProtocols(std::vector<Endpoint> bound);

/// What a port mapper says about the NFS port: NFS version 3 over TCP, MOUNT versions 1 to 3 over both; with `locks`
/// also NLM and NSM over both. A wildcard IPv6 socket that has no IPv4 one beside it takes IPv4 clients too.
std::vector<portmap2::Registration> RegistrationsOf(const std::vector<Endpoint>& bound, bool locks);
/// Adds the port mapper itself, on the transports that are there.
void AddPortmapper(uint16_t port, std::vector<portmap2::Registration>& registrations);

}  // namespace dittofs::nfs
