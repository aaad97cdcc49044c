#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/status.h"

namespace dittofs::state {

/// A client that held state when the server stopped, and so may take it back in the grace period.
struct ReclaimClient {
  std::string protocol;  ///< "nlm", "nfs4", …
  std::string key;       ///< The client as its protocol names it, at most 1,024 bytes.
  std::string address;   ///< Its numeric address.
  std::string server;    ///< Our numeric address as the client knows it.
  friend bool operator==(const ReclaimClient&, const ReclaimClient&) = default;
};

/// Remembers over a restart who holds state. Thread-safe.
class ReclaimStore {
 public:
  virtual ~ReclaimStore() = default;
  /// Everybody remembered, as of the last run and since.
  virtual Result<std::vector<ReclaimClient>> List() = 0;
  /// Durable before it returns: call it before the first lock of a client is acknowledged. Remembering again replaces
  /// the address.
  virtual Status Remember(const ReclaimClient& client) = 0;
  virtual Status Forget(std::string_view protocol, std::string_view key) = 0;
};

inline constexpr size_t kMaxReclaimClients = 65536;

/// A journal file in an existing directory: appended and synced, rewritten when it is opened or mostly history. A torn
/// last record (crash while appending) is cut; anything else that does not parse is kCorruption.
Result<std::unique_ptr<ReclaimStore>> OpenReclaimFile(const std::string& path);
/// Remembers until the process ends.
std::unique_ptr<ReclaimStore> MakeReclaimMemory();

}  // namespace dittofs::state
