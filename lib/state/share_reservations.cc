#include "state/share_reservations.h"

#include <algorithm>

namespace dittofs::state {

OpenOutcome ShareReservations::Open(const OpenRecord& wanted, bool reclaim, OpenRecord* conflict) {
  const bool in_grace = options_.grace != nullptr && options_.grace->active();
  if (in_grace != reclaim) return in_grace ? OpenOutcome::kGrace : OpenOutcome::kNoGrace;
  base::MutexLock hold(mutex_);
  const auto found = files_.find(wanted.file);
  OpenRecord* own = nullptr;
  if (found != files_.end()) {
    for (OpenRecord& open : found->second) {
      if (open.owner == wanted.owner) {
        own = &open;
      } else if (Meet(open.deny, wanted.access) || Meet(open.access, wanted.deny)) {
        if (conflict != nullptr) *conflict = open;
        return OpenOutcome::kConflict;
      }
    }
  }
  if (own != nullptr) {
    *own = wanted;
    return OpenOutcome::kGranted;
  }
  uint32_t& count = opens_of_client_[wanted.client];
  if (count >= options_.max_opens_per_client) return OpenOutcome::kNoResources;
  ++count;
  files_[wanted.file].push_back(wanted);
  return OpenOutcome::kGranted;
}

bool ShareReservations::MayAccess(FileNumber file, OwnerId owner, ShareBits access) const {
  base::MutexLock hold(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return true;
  return std::none_of(found->second.begin(), found->second.end(),
                      [&](const OpenRecord& open) { return open.owner != owner && Meet(open.deny, access); });
}

template <typename Matches>
size_t ShareReservations::CloseIf(Matches matches) {
  base::MutexLock hold(mutex_);
  size_t closed = 0;
  for (auto file = files_.begin(); file != files_.end();) {
    closed += std::erase_if(file->second, [&](const OpenRecord& open) {
      mutex_.AssertHeld();
      if (!matches(open)) return false;
      const auto count = opens_of_client_.find(open.client);
      if (--count->second == 0) opens_of_client_.erase(count);
      return true;
    });
    file = file->second.empty() ? files_.erase(file) : std::next(file);
  }
  return closed;
}

bool ShareReservations::Close(FileNumber file, OwnerId owner) {
  base::MutexLock hold(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) return false;
  const auto open = std::find_if(found->second.begin(), found->second.end(),
                                 [owner](const OpenRecord& candidate) { return candidate.owner == owner; });
  if (open == found->second.end()) return false;
  const auto count = opens_of_client_.find(open->client);
  if (--count->second == 0) opens_of_client_.erase(count);
  found->second.erase(open);
  if (found->second.empty()) files_.erase(found);
  return true;
}

size_t ShareReservations::CloseOwner(OwnerId owner) {
  return CloseIf([owner](const OpenRecord& open) { return open.owner == owner; });
}
size_t ShareReservations::CloseClient(ClientId client) {
  return CloseIf([client](const OpenRecord& open) { return open.client == client; });
}
size_t ShareReservations::CloseFile(FileNumber file) {
  return CloseIf([file](const OpenRecord& open) { return open.file == file; });
}

std::vector<OpenRecord> ShareReservations::List(ClientId client, FileNumber file, size_t max_count) const {
  base::MutexLock hold(mutex_);
  std::vector<OpenRecord> list;
  for (const auto& [number, opens] : files_) {
    if (file && number != file) continue;
    for (const OpenRecord& open : opens) {
      if ((!client || open.client == client) && list.size() < max_count) list.push_back(open);
    }
  }
  return list;
}

bool ShareReservations::IsOpen(FileNumber file) const {
  base::MutexLock hold(mutex_);
  return files_.contains(file);
}

size_t ShareReservations::open_count() const {
  base::MutexLock hold(mutex_);
  size_t count = 0;
  for (const auto& [client, opens] : opens_of_client_) count += opens;
  return count;
}

}  // namespace dittofs::state
