#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dittofs/block_store.h"
#include "dittofs/environment.h"
#include "dittofs/export.h"
#include "dittofs/file_system.h"
#include "dittofs/function_ref.h"
#include "dittofs/metadata_store.h"
#include "dittofs/payload_service.h"
#include "dittofs/protocol_adapter.h"

namespace dittofs {

namespace state {
struct ServerState;
struct ShareState;
}  // namespace state

/// A client's network address, IPv6 or IPv4-mapped (::ffff:a.b.c.d), in network byte order.
struct ClientAddress {
  std::array<uint8_t, 16> ip{};
  uint16_t port = 0;
  friend bool operator==(const ClientAddress&, const ClientAddress&) = default;
};
/// "192.0.2.7", "2001:db8::1" or with a port. Pure; thread-safe.
DITTOFS_EXPORT std::string FormatAddress(const ClientAddress& address, bool with_port = false);
/// Parses a numeric IPv4 or IPv6 address. kInvalidArgument.
DITTOFS_EXPORT Result<ClientAddress> ParseAddress(std::string_view text);

enum class Squash : uint8_t {
  kNone,  ///< Clients' uids and gids count as they are.
  kRoot,  ///< uid 0 and gid 0 become the anonymous ones.
  kAll,   ///< Everybody becomes anonymous.
};

/// Clients that match `pattern` and what they may do. `pattern`: "*", an address, a CIDR block ("192.0.2.0/24",
/// "2001:db8::/32") or a host name (its addresses are looked up when the share is added and every minute).
struct ClientRule {
  std::string pattern;
  std::optional<bool> read_only;  ///< Absent: as the share.
  std::optional<Squash> squash;   ///< Absent: as the share.
};

struct ShareOptions {
  std::string name;  ///< Export path: '/' and 1..255 further bytes in components, e.g. "/export". Unique.
  ShareId id;        ///< 0: derived from the name, so handles survive restarts as long as the name stays.
  bool read_only = false;
  Squash squash = Squash::kRoot;
  uint32_t anonymous_uid = kNobodyUserId;
  uint32_t anonymous_gid = kNobodyGroupId;
  /// Empty: every client. Otherwise only matching ones; the first match counts.
  std::vector<ClientRule> clients;
  bool allow_auth_none = true;           ///< AUTH_NONE callers are anonymous and may only read.
  bool require_privileged_port = false;  ///< Only clients with a source port below 1024.
};

/// How a share over named stores keeps its promise; see docs/durability.md.
enum class Durability : uint8_t {
  kMemory,  ///< Nothing survives the process; nothing waits for a disk.
  kLocal,   ///< What COMMIT, DATA_SYNC or FILE_SYNC acknowledged, and every namespace change, survives power loss.
};

struct StoredShareOptions {
  std::string metadata_store;  ///< Name given to AddMetadataStore().
  std::string block_store;     ///< Name given to AddBlockStore().
  Durability durability = Durability::kLocal;
  uint64_t metadata_cache_bytes = 64u << 20;
  uint64_t quota_bytes = 0;  ///< 0 = no bound.
  uint64_t quota_files = 0;
  uint32_t root_mode = 0755;  ///< Of the root directory when the share is first made.
  uint32_t root_uid = 0;
  uint32_t root_gid = 0;
  uint32_t flush_after_ms = 5000;  ///< Unstable bytes older than this are stored in the background.
};

/// Whether AddShare() could take `options`: the name, the client patterns and their number. kInvalidArgument says what
/// is wrong. Looks no name up. Pure; thread-safe.
DITTOFS_EXPORT Status CheckShareOptions(const ShareOptions& options);

/// What one client may do in one share.
struct ClientDecision {
  bool allowed = false;
  bool read_only = true;
  bool allow_auth_none = false;
  Squash squash = Squash::kAll;
  uint32_t anonymous_uid = kNobodyUserId;
  uint32_t anonymous_gid = kNobodyGroupId;
};

/// One exported file tree. Owned by Runtime and valid until Runtime is destroyed, also after RemoveShare() (then it
/// admits nobody). Thread-safe.
class DITTOFS_EXPORT Share final {
 public:
  ~Share();
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  ShareId id() const noexcept;
  const std::string& name() const noexcept;
  /// With permissions, cookies and what else the library supplies.
  FileSystem& file_system() const noexcept;
  /// A copy of the options in force.
  ShareOptions options() const;
  bool removed() const noexcept;
  /// Whether and how this client is admitted. No lock, no allocation, no name look-up.
  ClientDecision Decide(const ClientAddress& client) const noexcept;
  /// What clients hold in this share: for the library's own protocol engines.
  state::ShareState& state() const noexcept;

 private:
  friend class Runtime;
  struct Impl;
  explicit Share(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The identity that counts after squashing. `raw.groups` is kept unless everything is squashed; with kRoot, a
/// supplementary group 0 does not count as root's: `scratch` (at least as long as raw.groups) holds the changed list
/// then.
DITTOFS_EXPORT Identity ApplySquash(const ClientDecision& decision, const Identity& raw, std::span<uint32_t> scratch);

struct RuntimeOptions {
  /// Where the Runtime keeps the handle key and locks out a second Runtime. Made if absent (its parent must exist).
  /// Empty: nothing is kept, handles end with the Runtime unless `handle_key` is given.
  std::string data_directory;
  std::optional<std::array<uint8_t, 16>> handle_key;
  Environment environment;
  uint64_t cache_bytes = 256u << 20;      ///< Clean blocks in memory, per block store.
  uint64_t max_dirty_bytes = 256u << 20;  ///< Unstable bytes in memory, per block store.
};

/// A byte-range lock that a client holds or waits for.
struct LockDescription {
  std::string share;
  FileNumber file;
  std::string protocol;  ///< "nlm".
  std::string client;    ///< The name the client gives itself.
  std::string address;   ///< The numeric address it speaks from.
  uint64_t offset = 0;
  uint64_t length = 0;  ///< 0 = to the end of the file.
  bool exclusive = false;
  bool waiting = false;
};
/// Which locks: what is left empty matches all.
struct LockFilter {
  std::string share;
  FileNumber file;
  std::string client;  ///< A client's name or address.
};

/// The one entry point: named stores, shares, adapters and their life. Thread-safe. Stop order: adapters stop
/// accepting, adapters drain, file systems flush, stores close.
class DITTOFS_EXPORT Runtime final {
 public:
  /// kAlreadyInUse: another process holds `data_directory`.
  static Result<std::unique_ptr<Runtime>> Create(RuntimeOptions options = {});
  /// Stops first if need be (with a deadline of 10 s).
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Stores are made once and may serve many shares. kExists: the name is taken.
  Status AddMetadataStore(std::string name, std::unique_ptr<MetadataStore> store);
  Status AddBlockStore(std::string name, std::unique_ptr<BlockStore> store);

  /// Exports an application's own files. The library adds permission checks, cookies and read-only answers as the
  /// traits ask for. Also while running. kExists, kInvalidArgument.
  Result<Share*> AddShare(ShareOptions options, std::unique_ptr<FileSystem> file_system);
  /// Exports files kept in named stores. kNotFound: no such store. kInvalidArgument: Durability::kLocal over a store
  /// that is not durable.
  Result<Share*> AddStoredShare(ShareOptions options, const StoredShareOptions& stored);
  /// Changes clients, squash, read-only and the like of the share `options.name`; holds from the next request on.
  Status UpdateShare(ShareOptions options);
  /// Admits nobody from now on; handles become stale. The files stay in their stores.
  Status RemoveShare(std::string_view name);

  /// Before Start() it is started then; while running, at once.
  Status AddAdapter(std::unique_ptr<ProtocolAdapter> adapter);
  /// Starts the adapters in order; on failure those already started are stopped again.
  Status Start();
  /// Two steps: no new connections; then requests under way are answered, for at most `deadline_ms`. Then everything
  /// unstable is made stable, for at most as long again, or 10 s if that is more. Idempotent. Answers the first failure
  /// to flush. No operation of a stored share's file system may follow.
  Status Stop(uint32_t deadline_ms = 10000);
  std::vector<Endpoint> endpoints() const;

  /// Locks of all protocols, at most `max_count`.
  std::vector<LockDescription> ListLocks(const LockFilter& filter, size_t max_count) const;
  /// Takes locks, and requests that wait for them, away from their holders, for an operator who knows that these are
  /// gone for good. Whoever waits for them gets them. Answers how many locks were released.
  size_t ReleaseLocks(const LockFilter& filter);

  // For protocol adapters.

  /// What all shares have in common, for the library's own protocol engines.
  state::ServerState& state() const noexcept;
  /// RuntimeOptions::data_directory; empty if nothing is kept.
  const std::string& data_directory() const noexcept;
  const Environment& environment() const noexcept;
  /// Changes whenever a new instance might have forgotten unstable writes; random.
  Verifier instance_verifier() const noexcept;
  /// The share called `name`, or null.
  Share* FindShare(std::string_view name) const;
  /// The share whose name is the longest prefix of `path` in whole components; `*rest` is what follows, without a
  /// leading '/'. Null if none.
  Share* FindShareByPath(std::string_view path, std::string_view* rest) const;
  void ForEachShare(FunctionRef<void(Share&)> visit) const;
  FileHandle MakeHandle(ShareId share, FileNumber file) const noexcept;
  /// Checks length, version and MAC (in constant time) and finds the share. kBadHandle; kStale if the share is gone. No
  /// lock, no allocation.
  Status ResolveHandle(std::span<const uint8_t> bytes, Share** share, FileNumber* file) const noexcept;

 private:
  struct Impl;
  explicit Runtime(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dittofs
