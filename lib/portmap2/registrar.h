#pragma once

#include <cstdint>
#include <span>

#include "dittofs/environment.h"
#include "dittofs/status.h"
#include "portmap2/messages.h"
#include "portmap2/service_table.h"

namespace dittofs::portmap2 {

/// The rpcbind of this host. Tests name another port.
struct RpcbindPlace {
  uint16_t port = kPort;
  uint32_t timeout_ms = 2000;  ///< For each call; there are two for each registration.
};

/// Announces `registrations` to the host's rpcbind over loopback, replacing what stands there for the same programs and
/// versions: version 2 SET for IPv4, version 4 SET for IPv6. kUnavailable or kTimedOut: no rpcbind runs; kAccessDenied:
/// it refuses. Blocks. Thread-safe.
Status Register(std::span<const Registration> registrations, const RpcbindPlace& place, const Environment& environment);
/// Withdraws them. Answers the first failure, but tries all.
Status Unregister(std::span<const Registration> registrations, const RpcbindPlace& place,
                  const Environment& environment);

}  // namespace dittofs::portmap2
