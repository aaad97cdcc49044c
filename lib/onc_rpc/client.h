#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/environment.h"
#include "dittofs/status.h"
#include "onc_rpc/program.h"

namespace dittofs::onc_rpc {

/// Where and how one call goes.
struct CallTarget {
  std::string address;  ///< Numeric, IPv4 or IPv6.
  uint16_t port = 0;
  Transport transport = Transport::kTcp;
  uint32_t timeout_ms = 5000;           ///< For all of the call. UDP sends again after 1/8, 3/8 and 7/8 of it.
  bool privileged_source_port = false;  ///< From a port below 1024 if the process may.
  /// AUTH_SYS with this identity, or AUTH_NONE.
  AuthFlavor flavor = AuthFlavor::kNone;
  Identity credentials;
  std::string_view machine_name;
};

/// Makes one call (RFC 5531) over a socket of its own and returns the procedure's result bytes. Blocks up to the
/// timeout. kUnavailable: nobody answers there, kTimedOut, kNotSupported: the program, version or procedure is unknown
/// there, kAccessDenied: denied, kInvalidArgument: GARBAGE_ARGS, kIo: a reply that is none. Thread-safe.
Result<std::vector<std::byte>> CallOnce(const CallTarget& target, uint32_t program, uint32_t version,
                                        uint32_t procedure, std::span<const std::byte> arguments,
                                        const Environment& environment = {});

}  // namespace dittofs::onc_rpc
