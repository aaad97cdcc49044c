#pragma once

#include <cstdint>
#include <string>

#include "dittofs/environment.h"
#include "dittofs/status.h"
#include "onc_rpc/program.h"

namespace dittofs::onc_rpc {

inline constexpr uint16_t kPortmapPort = 111;

/// The port of a program on the host `address` (numeric), as its portmapper says: PMAPPROC_GETPORT (RFC 1833 §3.2) for
/// IPv4, RPCBPROC_GETADDR (RFC 1833 §2.2.1) for IPv6. kNotFound: not registered there; otherwise as CallOnce(). Blocks
/// up to the timeout. Thread-safe.
Result<uint16_t> LookUpPort(const std::string& address, uint32_t program, uint32_t version, Transport transport,
                            uint32_t timeout_ms, const Environment& environment = {},
                            uint16_t portmap_port = kPortmapPort);

}  // namespace dittofs::onc_rpc
