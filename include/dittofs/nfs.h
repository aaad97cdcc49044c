#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dittofs/export.h"
#include "dittofs/protocol_adapter.h"
#include "dittofs/status.h"

namespace dittofs {

/// The port of NFS and MOUNT unless configured otherwise: needs no privilege.
inline constexpr uint16_t kDefaultNfsPort = 12049;

struct NfsOptions {
  std::vector<std::string> addresses;  ///< Numeric addresses to listen on; empty = all of IPv4 and IPv6.
  uint16_t port = kDefaultNfsPort;     ///< NFS and MOUNT, TCP (MOUNT also UDP); 0 = any free port.
  bool portmapper = false;             ///< Serve portmap v2 and rpcbind v3/v4 ourselves, TCP and UDP.
  uint16_t portmapper_port = 111;
  bool register_with_rpcbind = false;  ///< Announce the ports to the host's rpcbind, and withdraw them at stop.
  /// Serve NLM and NSM too, on the NFS port over TCP and UDP: byte-range locks that hold across clients and a restart.
  /// Clients find them through a portmapper; those that mount with nolock do without.
  bool locks = true;
  uint32_t grace_period_s = 45;         ///< After a restart, for clients to take their locks back; at most 3600.
  uint32_t max_read_bytes = 1u << 20;   ///< rtmax; a multiple of 4096 up to 4 MiB.
  uint32_t max_write_bytes = 1u << 20;  ///< wtmax; likewise.
  uint32_t event_loops = 0;             ///< 0 = one per processor.
  uint32_t max_threads = 64;            ///< Threads in all, loops included; calls beyond wait their turn.
  uint32_t max_connections = 16384;
  uint32_t max_requests_per_connection = 128;  ///< In flight; beyond, the socket is not read.
  uint32_t idle_timeout_s = 0;                 ///< Connections without a request for so long are closed; 0 = never.
  uint32_t slow_client_timeout_s =
      60;  ///< A client that takes no byte of a reply, or leaves a request unfinished, for so long is closed.
  uint64_t replay_cache_bytes = 16u << 20;  ///< Duplicate request cache.
};

/// NFSv3, MOUNT v3 and (if asked for) portmap. kInvalidArgument says which option is out of bounds.
DITTOFS_EXPORT Result<std::unique_ptr<ProtocolAdapter>> MakeNfsAdapter(const NfsOptions& options = {});

}  // namespace dittofs
