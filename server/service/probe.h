#pragma once

#include <cstdint>
#include <string>

#include "dittofs/status.h"

namespace dittofs::server {

/// Calls NFSPROC3_NULL (RFC 1813 §3.3.0) over TCP: whether a server answers there. Answers the round trip in
/// microseconds, connecting included. `address` is numeric.
Result<uint64_t> ProbeNfs(const std::string& address, uint16_t port, uint32_t timeout_ms);

}  // namespace dittofs::server
