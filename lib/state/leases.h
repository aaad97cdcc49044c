#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "dittofs/environment.h"
#include "dittofs/ids.h"
#include "state/ids.h"

namespace dittofs::state {

/// What a client may keep to itself: SMB lease bits (MS-SMB2 §2.2.13.2.8); an NFSv4 read delegation is kRead, a write
/// delegation kRead | kWrite. Combine.
enum class LeaseBits : uint8_t { kNone = 0, kRead = 1, kHandle = 2, kWrite = 4 };
constexpr LeaseBits operator|(LeaseBits a, LeaseBits b) noexcept {
  return static_cast<LeaseBits>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
constexpr LeaseBits operator&(LeaseBits a, LeaseBits b) noexcept {
  return static_cast<LeaseBits>(static_cast<uint8_t>(a) & static_cast<uint8_t>(b));
}
constexpr LeaseBits Without(LeaseBits a, LeaseBits b) noexcept {
  return static_cast<LeaseBits>(static_cast<uint8_t>(a) & ~static_cast<uint8_t>(b));
}

/// Who holds a lease hears here that it must give back a part.
class LeaseHolder {
 public:
  virtual ~LeaseHolder() = default;
  /// Keep at most `keep` of `file`; acknowledge with LeaseTable::Acknowledge(). Called without any lock held.
  virtual void Recall(FileNumber file, OwnerId owner, LeaseBits keep) = 0;
};

struct LeaseRecord {
  FileNumber file;
  OwnerId owner;
  ClientId client;
  LeaseBits held = LeaseBits::kNone;
  LeaseBits keep = LeaseBits::kNone;  ///< What stays after the recall under way; equals `held` if there is none.
  bool recalling() const noexcept { return held != keep; }
};

struct LeaseTableOptions {
  uint32_t max_leases_per_client = 65536;
  uint32_t recall_timeout_ms = 35000;  ///< A holder that has not answered by then loses the lease (MS-SMB2 §3.3.2.5).
};

/// Leases, oplocks and delegations of one share. Reads exclude others' kWrite; writes exclude others' kRead and
/// kHandle as well. Thread-safe.
class LeaseTable {
 public:
  LeaseTable(Clock& clock, LeaseTableOptions options = {}) : clock_(clock), options_(options) {}

  /// Grants as much of `wanted` as the other leases on the file allow (perhaps nothing); replaces what the owner held.
  /// Nothing new is granted while a recall is under way on the file.
  LeaseBits Grant(FileNumber file, OwnerId owner, ClientId client, LeaseBits wanted, std::weak_ptr<LeaseHolder> holder)
      EXCLUDES(mutex_);
  /// `actor` is about to do something that allows other owners to keep at most `keep`. True: nobody holds more. False:
  /// the holders have been told; ask again after Acknowledge() or the time-out.
  bool Require(FileNumber file, OwnerId actor, LeaseBits keep) EXCLUDES(mutex_);
  /// The holder gives back down to `held`; false if it held no lease or less than that.
  bool Acknowledge(FileNumber file, OwnerId owner, LeaseBits held) EXCLUDES(mutex_);
  size_t ReleaseOwner(OwnerId owner) EXCLUDES(mutex_);
  size_t ReleaseClient(ClientId client) EXCLUDES(mutex_);
  std::vector<LeaseRecord> List(ClientId client, FileNumber file, size_t max_count) const EXCLUDES(mutex_);

 private:
  struct Lease {
    LeaseRecord record;
    uint64_t recall_deadline_ns = 0;
    std::weak_ptr<LeaseHolder> holder;  // weak: a protocol that has stopped is no longer told
  };
  template <typename Matches>
  size_t ReleaseIf(Matches matches) EXCLUDES(mutex_);

  Clock& clock_;
  const LeaseTableOptions options_;
  mutable base::Mutex mutex_;  // rank: state
  std::unordered_map<FileNumber, std::vector<Lease>> files_ GUARDED_BY(mutex_);
  std::unordered_map<ClientId, uint32_t> leases_of_client_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::state
