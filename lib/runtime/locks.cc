// What operators see and do about locks.

#include "runtime/runtime_impl.h"
#include "runtime/share_impl.h"

namespace dittofs {
namespace {

constexpr size_t kAllLocks = SIZE_MAX;

bool MatchesClient(const LockFilter& filter, const state::ClientName& client) {
  return filter.client.empty() || filter.client == client.name || filter.client == client.address;
}

}  // namespace

std::vector<LockDescription> Runtime::ListLocks(const LockFilter& filter, size_t max_count) const {
  std::vector<LockDescription> list;
  ForEachShare([&](Share& share) {
    if (!filter.share.empty() && filter.share != share.name()) return;
    for (const state::LockTable::HeldLock& held : share.state().locks.List({}, filter.file, kAllLocks)) {
      const std::optional<state::ClientName> client = impl_->state->clients.NameOf(held.lock.client);
      if (!client || !MatchesClient(filter, *client) || list.size() >= max_count) continue;
      list.push_back({share.name(), held.file, client->protocol, client->name, client->address, held.lock.range.first,
                      held.lock.range.posix_length(), held.lock.kind == state::LockKind::kExclusive, held.waiting});
    }
  });
  return list;
}

size_t Runtime::ReleaseLocks(const LockFilter& filter) {
  size_t released = 0;
  ForEachShare([&](Share& share) {
    if (!filter.share.empty() && filter.share != share.name()) return;
    released += share.state().locks.ReleaseWhere([&](FileNumber file, const state::RangeLock& lock) {
      if (filter.file && file != filter.file) return false;
      const std::optional<state::ClientName> client = impl_->state->clients.NameOf(lock.client);
      return client && MatchesClient(filter, *client);
    });
  });
  if (released > 0) impl_->log.Warning("Locks were released by the operator", {{"locks", released}});
  return released;
}

}  // namespace dittofs
