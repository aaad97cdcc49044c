#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "state/ids.h"

namespace dittofs::state {

/// Who a client is: its protocol, the name it gives itself, and the numeric address it speaks from. All three together:
/// a name alone is not to be believed.
struct ClientName {
  std::string protocol;
  std::string name;
  std::string address;
  friend auto operator<=>(const ClientName&, const ClientName&) = default;
};

/// Gives clients of all protocols numbers that are unique in this server. Thread-safe.
class ClientRegistry {
 public:
  explicit ClientRegistry(uint32_t max_clients = 65536) : max_clients_(max_clients) {}

  /// The client's number, a new one if it is not known. Nothing when there are too many already.
  std::optional<ClientId> Register(const ClientName& name) EXCLUDES(mutex_);
  /// 0 if it is not known.
  ClientId Find(const ClientName& name) const EXCLUDES(mutex_);
  std::optional<ClientName> NameOf(ClientId client) const EXCLUDES(mutex_);
  /// Those of one protocol that speak from `address`.
  std::vector<std::pair<ClientId, ClientName>> AtAddress(std::string_view protocol, std::string_view address) const
      EXCLUDES(mutex_);
  void Forget(ClientId client) EXCLUDES(mutex_);

 private:
  const uint32_t max_clients_;
  mutable base::Mutex mutex_;  // rank: state
  std::map<ClientName, ClientId> by_name_ GUARDED_BY(mutex_);
  std::unordered_map<ClientId, ClientName> by_id_ GUARDED_BY(mutex_);
  uint32_t next_ GUARDED_BY(mutex_) = 1;
};

}  // namespace dittofs::state
