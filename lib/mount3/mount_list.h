#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace dittofs::mount3 {

/// Who said it has mounted what: for DUMP only, nothing depends on it. In memory; when full, the oldest entry goes.
/// Thread-safe.
class MountList {
 public:
  static constexpr size_t kMaxEntries = 1024;

  struct Entry {
    std::string host;
    std::string directory;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// An entry that is there already becomes the newest.
  void Add(std::string host, std::string_view directory);
  void Remove(std::string_view host, std::string_view directory);
  void RemoveHost(std::string_view host);
  /// A copy, the oldest first.
  std::vector<Entry> entries() const;

 private:
  mutable base::Mutex mutex_;  // rank: leaf
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::mount3
