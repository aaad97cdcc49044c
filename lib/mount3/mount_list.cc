#include "mount3/mount_list.h"

#include <utility>

namespace dittofs::mount3 {

void MountList::Add(std::string host, std::string_view directory) {
  Entry entry{std::move(host), std::string(directory)};
  base::MutexLock lock(mutex_);
  std::erase(entries_, entry);
  if (entries_.size() == kMaxEntries) entries_.pop_front();
  entries_.push_back(std::move(entry));
}

void MountList::Remove(std::string_view host, std::string_view directory) {
  base::MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.host == host && entry.directory == directory; });
}

void MountList::RemoveHost(std::string_view host) {
  base::MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.host == host; });
}

std::vector<MountList::Entry> MountList::entries() const {
  base::MutexLock lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

}  // namespace dittofs::mount3
