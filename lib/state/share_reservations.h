#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "dittofs/ids.h"
#include "state/grace.h"
#include "state/ids.h"

namespace dittofs::state {

/// What an open does, and what it denies to others. Bits combine (NFSv4 OPEN4_SHARE_ACCESS/DENY, NLM fsh4_access/mode,
/// SMB ShareAccess, whose "share" bits are the complement of denials).
enum class ShareBits : uint8_t { kNone = 0, kRead = 1, kWrite = 2, kDelete = 4 };
constexpr ShareBits operator|(ShareBits a, ShareBits b) noexcept {
  return static_cast<ShareBits>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
constexpr bool Meet(ShareBits a, ShareBits b) noexcept {
  return (static_cast<uint8_t>(a) & static_cast<uint8_t>(b)) != 0;
}

/// One open of one file by one owner.
struct OpenRecord {
  FileNumber file;
  OwnerId owner;
  ClientId client;
  ShareBits access = ShareBits::kNone;
  ShareBits deny = ShareBits::kNone;
  friend bool operator==(const OpenRecord&, const OpenRecord&) = default;
};

enum class OpenOutcome : uint8_t {
  kGranted,
  kConflict,     ///< Another open denies the access, or has the access that this one denies.
  kNoResources,  ///< A bound of this client is reached.
  kGrace,
  kNoGrace,
};

struct ShareReservationOptions {
  uint32_t max_opens_per_client = 65536;
  const GracePeriod* grace = nullptr;  ///< Must outlive the table; null: never in grace.
};

/// The opens of one share with their share reservations, for all protocols. One owner has at most one open per file:
/// opening again replaces it (upgrade and downgrade alike). Thread-safe.
class ShareReservations {
 public:
  explicit ShareReservations(ShareReservationOptions options = {}) : options_(options) {}

  /// On kConflict, `conflict` (if not null) receives an open that is in the way.
  OpenOutcome Open(const OpenRecord& wanted, bool reclaim, OpenRecord* conflict = nullptr) EXCLUDES(mutex_);
  /// Whether `file` may be used this way by `owner` without an open of its own (NFSv3 READ and WRITE against SMB's
  /// denials).
  bool MayAccess(FileNumber file, OwnerId owner, ShareBits access) const EXCLUDES(mutex_);
  /// False if there was no such open.
  bool Close(FileNumber file, OwnerId owner) EXCLUDES(mutex_);
  // How many opens were closed.
  size_t CloseOwner(OwnerId owner) EXCLUDES(mutex_);
  size_t CloseClient(ClientId client) EXCLUDES(mutex_);
  size_t CloseFile(FileNumber file) EXCLUDES(mutex_);

  /// Opens of one client (or all, with 0) and one file (or all, with 0); at most `max_count`.
  std::vector<OpenRecord> List(ClientId client, FileNumber file, size_t max_count) const EXCLUDES(mutex_);
  bool IsOpen(FileNumber file) const EXCLUDES(mutex_);
  size_t open_count() const EXCLUDES(mutex_);

 private:
  template <typename Matches>
  size_t CloseIf(Matches matches) EXCLUDES(mutex_);

  const ShareReservationOptions options_;
  mutable base::Mutex mutex_;  // rank: state
  std::unordered_map<FileNumber, std::vector<OpenRecord>> files_ GUARDED_BY(mutex_);
  std::unordered_map<ClientId, uint32_t> opens_of_client_ GUARDED_BY(mutex_);
};

}  // namespace dittofs::state
