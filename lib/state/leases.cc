#include "state/leases.h"

#include <algorithm>

namespace dittofs::state {

LeaseBits LeaseTable::Grant(FileNumber file, OwnerId owner, ClientId client, LeaseBits wanted,
                            std::weak_ptr<LeaseHolder> holder) {
  base::MutexLock hold(mutex_);
  std::vector<Lease>& leases = files_[file];
  LeaseBits possible = wanted;
  Lease* own = nullptr;
  for (Lease& lease : leases) {
    if (lease.record.owner == owner) {
      own = &lease;
      continue;
    }
    if (lease.record.recalling()) possible = LeaseBits::kNone;
    // Two may read together; whoever may write does so alone.
    if ((lease.record.held & LeaseBits::kWrite) != LeaseBits::kNone) possible = LeaseBits::kNone;
    if (lease.record.held != LeaseBits::kNone) possible = Without(possible, LeaseBits::kWrite);
  }
  if (own != nullptr && own->record.recalling()) return own->record.held;
  if (possible != LeaseBits::kNone && own == nullptr) {
    uint32_t& count = leases_of_client_[client];
    if (count >= options_.max_leases_per_client) {
      possible = LeaseBits::kNone;
    } else {
      ++count;
      leases.push_back({{file, owner, client, possible, possible}, 0, std::move(holder)});
    }
  } else if (own != nullptr) {
    own->record.held = own->record.keep = possible | own->record.held;
    possible = own->record.held;
    own->holder = std::move(holder);
  }
  if (leases.empty()) files_.erase(file);
  return possible;
}

bool LeaseTable::Require(FileNumber file, OwnerId actor, LeaseBits keep) {
  struct Call {
    std::shared_ptr<LeaseHolder> holder;
    OwnerId owner;
    LeaseBits keep;
  };
  std::vector<Call> calls;
  bool clear = true;
  {
    base::MutexLock hold(mutex_);
    const auto found = files_.find(file);
    if (found == files_.end()) return true;
    const uint64_t now_ns = clock_.MonotonicNanoseconds();
    std::erase_if(found->second, [&](Lease& lease) {
      mutex_.AssertHeld();
      LeaseRecord& record = lease.record;
      if (record.owner == actor || Without(record.held, keep) == LeaseBits::kNone) return false;
      const bool unanswered = record.recalling() && now_ns >= lease.recall_deadline_ns;
      std::shared_ptr<LeaseHolder> holder = lease.holder.lock();
      if (unanswered || holder == nullptr) {
        const auto count = leases_of_client_.find(record.client);
        if (--count->second == 0) leases_of_client_.erase(count);
        return true;
      }
      clear = false;
      const LeaseBits remaining = record.keep & keep;
      if (!record.recalling()) {
        lease.recall_deadline_ns = now_ns + uint64_t{options_.recall_timeout_ms} * 1'000'000u;
      }
      if (record.keep != remaining) {
        record.keep = remaining;
        calls.push_back({std::move(holder), record.owner, remaining});
      }
      return false;
    });
    if (found->second.empty()) files_.erase(found);
  }
  for (const Call& call : calls) call.holder->Recall(file, call.owner, call.keep);
  return clear;
}

bool LeaseTable::Acknowledge(FileNumber file, OwnerId owner, LeaseBits held) {
  base::MutexLock hold(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return false;
  const auto lease = std::find_if(found->second.begin(), found->second.end(),
                                  [owner](const Lease& candidate) { return candidate.record.owner == owner; });
  if (lease == found->second.end() || Without(held, lease->record.held) != LeaseBits::kNone) return false;
  lease->record.held = held;
  // A holder that gives back less than it must is still being recalled.
  lease->record.keep = lease->record.keep & held;
  if (held != LeaseBits::kNone) return true;
  const auto count = leases_of_client_.find(lease->record.client);
  if (--count->second == 0) leases_of_client_.erase(count);
  found->second.erase(lease);
  if (found->second.empty()) files_.erase(found);
  return true;
}

template <typename Matches>
size_t LeaseTable::ReleaseIf(Matches matches) {
  base::MutexLock hold(mutex_);
  size_t released = 0;
  for (auto file = files_.begin(); file != files_.end();) {
    released += std::erase_if(file->second, [&](const Lease& lease) {
      mutex_.AssertHeld();
      if (!matches(lease.record)) return false;
      const auto count = leases_of_client_.find(lease.record.client);
      if (--count->second == 0) leases_of_client_.erase(count);
      return true;
    });
    file = file->second.empty() ? files_.erase(file) : std::next(file);
  }
  return released;
}

size_t LeaseTable::ReleaseOwner(OwnerId owner) {
  return ReleaseIf([owner](const LeaseRecord& lease) { return lease.owner == owner; });
}
size_t LeaseTable::ReleaseClient(ClientId client) {
  return ReleaseIf([client](const LeaseRecord& lease) { return lease.client == client; });
}

std::vector<LeaseRecord> LeaseTable::List(ClientId client, FileNumber file, size_t max_count) const {
  base::MutexLock hold(mutex_);
  std::vector<LeaseRecord> list;
  for (const auto& [number, leases] : files_) {
    for (const Lease& lease : leases) {
      const bool wanted = (!client || lease.record.client == client) && (!file || number == file);
      if (wanted && list.size() < max_count) list.push_back(lease.record);
    }
  }
  return list;
}

}  // namespace dittofs::state
