#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/export.h"
#include "dittofs/status.h"

namespace dittofs {

class Runtime;

/// Where an adapter listens.
struct Endpoint {
  std::string protocol;   ///< "nfs", "mount", "portmap", …
  std::string transport;  ///< "tcp" or "udp".
  std::string address;    ///< Numeric.
  uint16_t port = 0;      ///< As bound: never 0.
};

/// One protocol server. Runtime owns it and drives its life: Start, StopAccepting, Stop, destruction, in that order.
class DITTOFS_EXPORT ProtocolAdapter {
 public:
  virtual ~ProtocolAdapter() = default;
  virtual std::string_view name() const noexcept = 0;
  /// Binds every socket, then serves; on failure nothing is left bound. `runtime` outlives the adapter's Stop().
  virtual Status Start(Runtime& runtime) = 0;
  /// No new connections; existing ones go on.
  virtual void StopAccepting() noexcept = 0;
  /// Answers what was received, for at most `deadline_ms`, then closes every connection. No call into the Runtime is
  /// under way when it returns.
  virtual void Stop(uint32_t deadline_ms) noexcept = 0;
  /// Valid between Start() and Stop().
  virtual std::vector<Endpoint> endpoints() const = 0;
};

}  // namespace dittofs
