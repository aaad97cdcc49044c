#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dittofs/function_ref.h"

namespace dittofs::onc_rpc {

/// What makes two calls the same call, sent again. The client's port is not part of it: a client that reconnects (which
/// is when calls are sent again over TCP) comes from another one. Since that leaves only the xid to tell the calls of
/// one host apart, program, version, procedure, user and a checksum of all the arguments must agree as well; so neither
/// a client that starts its xids anew nor two hosts behind one address get each other's replies.
struct ReplayKey {
  std::array<uint8_t, 16> client{};
  uint32_t xid = 0;
  uint32_t program = 0;
  uint32_t version = 0;
  uint32_t procedure = 0;
  uint32_t uid = 0;
  uint32_t arguments_bytes = 0;
  uint64_t arguments_checksum = 0;
  friend bool operator==(const ReplayKey&, const ReplayKey&) = default;
};

/// The duplicate request cache: remembers the replies of calls that must not be executed twice (RFC 1813 §4.5 calls for
/// it to make REMOVE and its like safe to send again). Sharded by client and xid; bounded in bytes, all of which are
/// reserved, but not touched, from the start. The oldest replies go first, and none counts for longer than
/// kReplayLifetimeNs, so that a xid used anew much later is a new call. Thread-safe; allocates nothing after creation.
class ReplayCache {
 public:
  static constexpr uint64_t kReplayLifetimeNs = 120'000'000'000;
  /// Longer replies are not kept. Those of calls that change something are a few hundred bytes.
  static constexpr size_t kMaxReplyBytes = 4096;

  enum class Verdict : uint8_t {
    kExecute,     ///< Not seen before.
    kInProgress,  ///< Being executed right now: say nothing, the first call's reply is on its way.
    kAnswered,    ///< The reply was copied.
  };
  /// Names a call in progress. Not set if the cache has no room even for that.
  struct Ticket {
    uint32_t shard = 0;
    uint32_t entry = kNone;
    static constexpr uint32_t kNone = UINT32_MAX;
  };

  ReplayCache(uint64_t max_bytes, uint64_t seed);
  ~ReplayCache();
  ReplayCache(const ReplayCache&) = delete;
  ReplayCache& operator=(const ReplayCache&) = delete;

  uint64_t Checksum(std::span<const std::byte> arguments) const noexcept;

  /// Looks for `key`. kExecute: Finish() or Abandon() must follow. kAnswered: `room` was asked for the place for so
  /// many bytes, and the reply is there.
  Verdict Begin(const ReplayKey& key, uint64_t now_ns, Ticket* ticket, FunctionRef<std::byte*(size_t)> room);
  /// Keeps the reply of `reply_bytes`, which `copy` writes to where it is told.
  void Finish(const Ticket& ticket, uint64_t now_ns, size_t reply_bytes, FunctionRef<void(std::byte*)> copy) noexcept;
  /// The call had no effect or no reply worth keeping: if it comes again it is executed.
  void Abandon(const Ticket& ticket) noexcept;

 private:
  class Shard;
  static constexpr size_t kShards = 16;
  const uint64_t seed_;
  std::array<std::unique_ptr<Shard>, kShards> shards_;
};

}  // namespace dittofs::onc_rpc
