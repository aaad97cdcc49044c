#include "state/clients.h"

namespace dittofs::state {

std::optional<ClientId> ClientRegistry::Register(const ClientName& name) {
  base::MutexLock hold(mutex_);
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  if (by_id_.size() >= max_clients_) return std::nullopt;
  // Numbers come round after 2^32 clients; those still in use are passed over.
  while (next_ == 0 || by_id_.contains(ClientId{next_})) ++next_;
  const ClientId client{next_++};
  by_name_.emplace(name, client);
  by_id_.emplace(client, name);
  return client;
}

ClientId ClientRegistry::Find(const ClientName& name) const {
  base::MutexLock hold(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? ClientId{} : found->second;
}

std::optional<ClientName> ClientRegistry::NameOf(ClientId client) const {
  base::MutexLock hold(mutex_);
  const auto found = by_id_.find(client);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::pair<ClientId, ClientName>> ClientRegistry::AtAddress(std::string_view protocol,
                                                                       std::string_view address) const {
  base::MutexLock hold(mutex_);
  std::vector<std::pair<ClientId, ClientName>> found;
  for (auto entry = by_name_.lower_bound({std::string(protocol), "", ""});
       entry != by_name_.end() && entry->first.protocol == protocol; ++entry) {
    if (entry->first.address == address) found.emplace_back(entry->second, entry->first);
  }
  return found;
}

void ClientRegistry::Forget(ClientId client) {
  base::MutexLock hold(mutex_);
  const auto found = by_id_.find(client);
  if (found == by_id_.end()) return;
  by_name_.erase(found->second);
  by_id_.erase(found);
}

}  // namespace dittofs::state
