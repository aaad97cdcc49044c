#include "nlm4/lock_service.h"

#include <algorithm>
#include <utility>

#include "dittofs/file_system.h"

namespace dittofs::nlm4 {
namespace {

constexpr std::string_view kProtocolName = "nlm";

state::ClientName HostOf(const onc_rpc::Call& call, std::string_view name) {
  return {std::string(kProtocolName), std::string(name), FormatAddress(call.client)};
}
state::OwnerId OwnerOf(state::ClientId client, uint32_t svid) {
  return state::OwnerId{uint64_t{client.value} << 32 | svid};
}
uint32_t SvidOf(state::OwnerId owner) {
  return static_cast<uint32_t>(owner.value);
}

/// "host" and "host.example.org" are one host: NSM and NLM of one machine do not always say the same.
bool SameHostName(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (a.empty() || (b.size() > a.size() && b[a.size()] != '.')) return false;
  return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(x) == lower(y);
  });
}

state::ShareBits BitsOf(uint32_t read_write) {
  return static_cast<state::ShareBits>(read_write & 3);
}

}  // namespace

LockService::LockService(Runtime& runtime, onc_rpc::PeerCalls& calls, const LockServiceOptions& options)
    : runtime_(runtime), calls_(calls), options_(options), log_(runtime.environment().log, "nlm4") {}

LockService::Located LockService::Locate(const onc_rpc::Call& call, std::span<const std::byte> fh, bool must_exist,
                                         bool changes) const {
  Located located;
  const std::span<const uint8_t> handle(reinterpret_cast<const uint8_t*>(fh.data()), fh.size());
  if (!runtime_.ResolveHandle(handle, &located.share, &located.file).ok()) {
    located.stat = nlm4_stats::NLM4_STALE_FH;
    return located;
  }
  const ClientDecision decision = located.share->Decide(call.client);
  if (!decision.allowed || (call.flavor == onc_rpc::AuthFlavor::kNone && !decision.allow_auth_none)) {
    located.stat = nlm4_stats::NLM4_DENIED_NOLOCKS;
    return located;
  }
  if (changes && decision.read_only) {
    located.stat = nlm4_stats::NLM4_ROFS;
    return located;
  }
  if (!must_exist) return located;
  FileSystem& files = located.share->file_system();
  CallContext context{kSuperuser, call.blocking};
  if (files.traits().may_block) context.WillBlock();
  Attributes attributes;
  const Status status = files.GetAttributes(context, located.file, AttributeMask::kIdentity, attributes);
  if (status == ErrorCode::kStale) {
    located.stat = nlm4_stats::NLM4_STALE_FH;
  } else if (!status.ok()) {
    located.stat = nlm4_stats::NLM4_DENIED_NOLOCKS;
  }
  return located;
}

LockService::Located LockService::LocateLock(const onc_rpc::Call& call, const LockArguments& lock, bool must_exist,
                                             bool make_host) {
  const std::optional<state::ByteRange> range = state::ByteRange::FromPosix(lock.l_offset, lock.l_len);
  if (!range) {
    Located wrong;
    wrong.stat = nlm4_stats::NLM4_FBIG;
    return wrong;
  }
  Located located = Locate(call, lock.fh, must_exist, must_exist && lock.exclusive);
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located;
  located.host = HostOf(call, lock.caller_name);
  state::ClientRegistry& clients = runtime_.state().clients;
  const std::optional<state::ClientId> client =
      make_host ? clients.Register(located.host) : std::optional(clients.Find(located.host));
  if (!client) {
    located.stat = nlm4_stats::NLM4_DENIED_NOLOCKS;
    return located;
  }
  located.lock = {*range, lock.exclusive ? state::LockKind::kExclusive : state::LockKind::kShared,
                  state::LockRules::kPosix, OwnerOf(*client, lock.svid), *client};
  return located;
}

nlm4_stats LockService::Test(const onc_rpc::Call& call, const LockArguments& lock, Holder& holder) {
  const Located located = LocateLock(call, lock, true, false);
  // Whether a read-only export could lock is not what was asked.
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located.stat;
  if (runtime_.state().grace.active()) return nlm4_stats::NLM4_DENIED_GRACE_PERIOD;
  const state::LockAnswer answer = located.share->state().locks.Test(located.file, located.lock);
  if (answer.outcome == state::LockOutcome::kGranted) return nlm4_stats::NLM4_GRANTED;
  holder = {answer.conflict.kind == state::LockKind::kExclusive, SvidOf(answer.conflict.owner),
            answer.conflict.range.first, answer.conflict.range.posix_length()};
  return nlm4_stats::NLM4_DENIED;
}

bool LockService::RememberHost(const onc_rpc::Call& call, state::ClientId client, const state::ClientName& host) {
  {
    base::MutexLock hold(mutex_);
    if (remembered_.contains(client)) return true;
  }
  if (call.blocking != nullptr) call.blocking->WillBlock();
  const Status status = runtime_.state().reclaim->Remember(
      {std::string(kProtocolName), host.name + '@' + host.address, host.address, FormatAddress(call.server)});
  if (!status.ok()) {
    log_.Error("A host's locks can't be made to survive a restart, so it gets none",
               {{"host", host.name}, {"error", status.ToString()}});
    return false;
  }
  base::MutexLock hold(mutex_);
  remembered_.insert(client);
  return true;
}

LockService::BlockedKey LockService::KeyOf(const dittofs::Share& share, FileNumber file, const state::RangeLock& lock) {
  return {share.id().value, file.value,      lock.owner.value,
          lock.range.first, lock.range.last, lock.kind == state::LockKind::kExclusive};
}

uint64_t LockService::PrepareBlocked(const onc_rpc::Call& call, const Located& located, const LockArguments& lock) {
  base::MutexLock hold(mutex_);
  const BlockedKey key = KeyOf(*located.share, located.file, located.lock);
  const auto known = blocked_by_key_.find(key);
  if (known != blocked_by_key_.end() && !blocked_.at(known->second).granted) return known->second;
  if (blocked_.size() >= options_.max_blocked_requests) return 0;
  const uint64_t token = next_token_++;
  Blocked blocked;
  blocked.peer = {located.host.address, FormatAddress(call.server), call.version, call.transport};
  blocked.share = located.share;
  blocked.file = located.file;
  blocked.lock = located.lock;
  blocked.caller_name = lock.caller_name;
  blocked.fh.assign(lock.fh.begin(), lock.fh.end());
  blocked.oh.assign(lock.oh.begin(), lock.oh.end());
  blocked.svid = lock.svid;
  blocked.l_offset = lock.l_offset;
  blocked.l_len = lock.l_len;
  blocked_.emplace(token, std::move(blocked));
  blocked_by_key_[key] = token;
  return token;
}

void LockService::ForgetBlocked(uint64_t token) {
  base::MutexLock hold(mutex_);
  const auto found = blocked_.find(token);
  if (found == blocked_.end()) return;
  const auto key = blocked_by_key_.find(KeyOf(*found->second.share, found->second.file, found->second.lock));
  if (key != blocked_by_key_.end() && key->second == token) blocked_by_key_.erase(key);
  blocked_.erase(found);
}

bool LockService::SettleBlocked(const BlockedKey& key) {
  base::MutexLock hold(mutex_);
  const auto found = blocked_by_key_.find(key);
  if (found == blocked_by_key_.end()) return false;
  const bool granted = blocked_.at(found->second).granted;
  blocked_.erase(found->second);
  blocked_by_key_.erase(found);
  return granted;
}

nlm4_stats LockService::Lock(const onc_rpc::Call& call, const LockArguments& lock, const LockMode& mode) {
  const Located located = LocateLock(call, lock, true, true);
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located.stat;
  if (mode.monitored) {
    if (!RememberHost(call, located.lock.client, located.host)) return nlm4_stats::NLM4_DENIED_NOLOCKS;
    if (mode.nsm_state != 0) {
      base::MutexLock hold(mutex_);
      nsm_states_[located.lock.client] = mode.nsm_state;
    }
  }
  state::LockRequest request;
  request.file = located.file;
  request.lock = located.lock;
  request.reclaim = mode.reclaim;
  request.wait = mode.block && !mode.reclaim;
  request.sink = weak_from_this();
  if (request.wait) {
    // Before the request can be granted, so that the grant finds whom to tell.
    request.token = PrepareBlocked(call, located, lock);
    if (request.token == 0) return nlm4_stats::NLM4_DENIED_NOLOCKS;
  }
  const state::LockAnswer answer = located.share->state().locks.Lock(request);
  if (request.wait && answer.outcome != state::LockOutcome::kWaiting) ForgetBlocked(request.token);
  switch (answer.outcome) {
    case state::LockOutcome::kGranted:
      // It may have been granted while it waited; now the client hears of it by this answer.
      SettleBlocked(KeyOf(*located.share, located.file, located.lock));
      return nlm4_stats::NLM4_GRANTED;
    case state::LockOutcome::kConflict:
      return nlm4_stats::NLM4_DENIED;
    case state::LockOutcome::kWaiting:
      return nlm4_stats::NLM4_BLOCKED;
    case state::LockOutcome::kDeadlock:
      return nlm4_stats::NLM4_DEADLCK;
    case state::LockOutcome::kNoResources:
      return nlm4_stats::NLM4_DENIED_NOLOCKS;
    case state::LockOutcome::kGrace:
    case state::LockOutcome::kNoGrace:
      return nlm4_stats::NLM4_DENIED_GRACE_PERIOD;
  }
  return nlm4_stats::NLM4_FAILED;
}

nlm4_stats LockService::Cancel(const onc_rpc::Call& call, const LockArguments& lock) {
  const Located located = LocateLock(call, lock, false, false);
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located.stat;
  state::LockTable& locks = located.share->state().locks;
  const size_t cancelled = locks.CancelMatching(located.file, located.lock);
  // Granted meanwhile, but the client does not know: it does not want it any more.
  const bool granted = SettleBlocked(KeyOf(*located.share, located.file, located.lock));
  if (granted) locks.Unlock(located.file, located.lock.owner, located.lock.range);
  return cancelled > 0 || granted ? nlm4_stats::NLM4_GRANTED : nlm4_stats::NLM4_DENIED;
}

nlm4_stats LockService::Unlock(const onc_rpc::Call& call, const LockArguments& lock) {
  // Also of a file that was removed, and of a host that is not known (any more): unlocking can't fail.
  Located located = LocateLock(call, lock, false, false);
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located.stat;
  state::LockTable& locks = located.share->state().locks;
  for (const state::LockKind kind : {state::LockKind::kShared, state::LockKind::kExclusive}) {
    located.lock.kind = kind;
    locks.CancelMatching(located.file, located.lock);
    SettleBlocked(KeyOf(*located.share, located.file, located.lock));
  }
  locks.Unlock(located.file, located.lock.owner, located.lock.range);
  return nlm4_stats::NLM4_GRANTED;
}

state::OwnerId LockService::ShareOwner(state::ClientId client, std::span<const std::byte> oh, bool make) {
  base::MutexLock hold(mutex_);
  std::pair key{client, std::string(base::AsText(oh))};
  const auto found = share_owners_.find(key);
  if (found != share_owners_.end()) return OwnerOf(client, found->second);
  if (!make) return {};
  share_owners_.emplace(std::move(key), next_share_owner_);
  return OwnerOf(client, next_share_owner_++);
}

nlm4_stats LockService::Share(const onc_rpc::Call& call, const nlm4_share& share, bool reclaim) {
  const bool writes = (static_cast<uint32_t>(share.access) & 2) != 0;
  const Located located = Locate(call, share.fh.bytes, true, writes);
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located.stat;
  const state::ClientName host = HostOf(call, share.caller_name.text);
  const std::optional<state::ClientId> client = runtime_.state().clients.Register(host);
  if (!client || !RememberHost(call, *client, host)) return nlm4_stats::NLM4_DENIED_NOLOCKS;
  const state::OpenRecord open{located.file, ShareOwner(*client, share.oh.bytes, true), *client,
                               BitsOf(static_cast<uint32_t>(share.access)), BitsOf(static_cast<uint32_t>(share.mode))};
  switch (located.share->state().opens.Open(open, reclaim)) {
    case state::OpenOutcome::kGranted:
      return nlm4_stats::NLM4_GRANTED;
    case state::OpenOutcome::kConflict:
      return nlm4_stats::NLM4_DENIED;
    case state::OpenOutcome::kNoResources:
      return nlm4_stats::NLM4_DENIED_NOLOCKS;
    case state::OpenOutcome::kGrace:
    case state::OpenOutcome::kNoGrace:
      return nlm4_stats::NLM4_DENIED_GRACE_PERIOD;
  }
  return nlm4_stats::NLM4_FAILED;
}

nlm4_stats LockService::Unshare(const onc_rpc::Call& call, const nlm4_share& share) {
  const Located located = Locate(call, share.fh.bytes, false, false);
  if (located.stat != nlm4_stats::NLM4_GRANTED) return located.stat;
  const state::ClientId client = runtime_.state().clients.Find(HostOf(call, share.caller_name.text));
  const state::OwnerId owner = ShareOwner(client, share.oh.bytes, false);
  if (owner) located.share->state().opens.Close(located.file, owner);
  return nlm4_stats::NLM4_GRANTED;
}

size_t LockService::ReleaseHost(state::ClientId client, const state::ClientName& host) {
  {
    // First, so that a grant that happens now is not told to a host that has forgotten its request.
    base::MutexLock hold(mutex_);
    std::erase_if(blocked_, [client](const auto& entry) { return entry.second.lock.client == client; });
    std::erase_if(blocked_by_key_, [this](const auto& entry) {
      mutex_.AssertHeld();
      return !blocked_.contains(entry.second);
    });
    std::erase_if(share_owners_, [client](const auto& entry) { return entry.first.first == client; });
    remembered_.erase(client);
  }
  size_t released = 0;
  runtime_.ForEachShare([&](dittofs::Share& share) {
    released += share.state().locks.ReleaseClient(client);
    released += share.state().opens.CloseClient(client);
  });
  const Status status = runtime_.state().reclaim->Forget(kProtocolName, host.name + '@' + host.address);
  if (!status.ok()) log_.Warning("A host that holds nothing stays remembered", {{"error", status.ToString()}});
  return released;
}

void LockService::FreeAll(const onc_rpc::Call& call, std::string_view name) {
  const state::ClientName host = HostOf(call, name);
  const state::ClientId client = runtime_.state().clients.Find(host);
  if (client) ReleaseHost(client, host);
}

void LockService::HostRestarted(std::string_view name, std::string_view address, uint32_t nsm_state) {
  for (const auto& [client, host] : runtime_.state().clients.AtAddress(kProtocolName, address)) {
    if (!SameHostName(host.name, name) && name != address) continue;
    {
      base::MutexLock hold(mutex_);
      uint32_t& last = nsm_states_[client];
      if (last == nsm_state) continue;  // a repeated notification, or the host has locked anew already
      last = nsm_state;
    }
    const size_t released = ReleaseHost(client, host);
    log_.Info("A host has restarted; what it held is released",
              {{"host", host.name}, {"address", host.address}, {"released", released}});
  }
}

bool LockService::HoldsAnything(state::ClientId client) const {
  bool holds = false;
  runtime_.ForEachShare([&](dittofs::Share& share) {
    holds =
        holds || !share.state().locks.List(client, {}, 1).empty() || !share.state().opens.List(client, {}, 1).empty();
  });
  return holds;
}

void LockService::ForgetIdleHosts() {
  state::ServerState& server = runtime_.state();
  const Result<std::vector<state::ReclaimClient>> known = server.reclaim->List();
  if (!known.ok()) return;
  for (const state::ReclaimClient& entry : *known) {
    if (entry.protocol != kProtocolName) continue;
    const std::string name = entry.key.substr(0, entry.key.rfind('@'));
    const state::ClientName host{std::string(kProtocolName), name, entry.address};
    const state::ClientId client = server.clients.Find(host);
    if (client && HoldsAnything(client)) continue;
    // A lock that comes in now is remembered again, because this is forgotten first.
    {
      base::MutexLock hold(mutex_);
      remembered_.erase(client);
    }
    if (client && HoldsAnything(client)) continue;
    if (!server.reclaim->Forget(kProtocolName, entry.key).ok()) return;
  }
}

}  // namespace dittofs::nlm4
