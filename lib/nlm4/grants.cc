// A waiting lock that was granted: telling the client, and what happens when it does not answer.

#include <utility>

#include "nlm4/lock_service.h"
#include "nlm4/procedure_numbers.h"
#include "xdr/byte_sink.h"

namespace dittofs::nlm4 {
namespace {

template <typename Offset>
std::vector<std::byte> GrantedArguments(uint64_t token, std::string_view caller_name, std::span<const std::byte> fh,
                                        std::span<const std::byte> oh, uint32_t svid, uint64_t l_offset, uint64_t l_len,
                                        bool exclusive) {
  std::array<std::byte, 8> cookie;
  base::StoreBigEndian(cookie.data(), token);
  testargs_of<Offset> arguments;
  arguments.cookie.bytes = cookie;
  arguments.exclusive = exclusive;
  arguments.alock.caller_name.text = caller_name;
  arguments.alock.fh.bytes = fh;
  arguments.alock.oh.bytes = oh;
  arguments.alock.svid = svid;
  arguments.alock.l_offset = static_cast<Offset>(l_offset);
  arguments.alock.l_len = static_cast<Offset>(l_len);
  return xdr::EncodeToBytes(arguments);
}

}  // namespace

void LockService::LockGranted(const state::LockGrant& grant) {
  Blocked blocked;
  {
    base::MutexLock hold(mutex_);
    const auto found = blocked_.find(grant.token);
    if (found != blocked_.end()) {
      found->second.granted = true;
      blocked = found->second;
    }
  }
  // Without an entry the host is being released: its locks go with it.
  if (blocked.share != nullptr) SendGranted(grant.token, blocked, 0);
}

void LockService::SendGranted(uint64_t token, const Blocked& blocked, uint32_t delay_ms) {
  const bool exclusive = blocked.lock.kind == state::LockKind::kExclusive;
  onc_rpc::PeerCall call;
  call.address = blocked.peer.address;
  call.program = kProgram;
  call.version = blocked.peer.version;
  call.procedure = kGranted;
  call.transport = blocked.peer.transport;
  call.delay_ms = delay_ms;
  call.arguments = blocked.peer.version >= 4
                       ? GrantedArguments<uint64_t>(token, blocked.caller_name, blocked.fh, blocked.oh, blocked.svid,
                                                    blocked.l_offset, blocked.l_len, exclusive)
                       : GrantedArguments<uint32_t>(token, blocked.caller_name, blocked.fh, blocked.oh, blocked.svid,
                                                    blocked.l_offset, blocked.l_len, exclusive);
  call.done = [self = weak_from_this(), token](Result<std::vector<std::byte>> result) {
    if (const std::shared_ptr<LockService> service = self.lock()) service->GrantAnswered(token, result);
  };
  if (!calls_.Submit(std::move(call)).ok()) GrantAnswered(token, ErrorCode::kCancelled);
}

void LockService::GrantAnswered(uint64_t token, const Result<std::vector<std::byte>>& result) {
  nlm4_stats answer = nlm4_stats::NLM4_DENIED;
  bool heard = false;
  if (result.ok()) {
    xdr::Reader reader(*result);
    nlm4_res decoded;
    xdr::Decode(reader, decoded);
    heard = reader.ok();
    answer = decoded.stat;
  }
  Blocked blocked;
  bool again = false;
  {
    base::MutexLock hold(mutex_);
    const auto found = blocked_.find(token);
    if (found == blocked_.end()) return;  // settled meanwhile: the client asked again, cancelled, or is gone
    ++found->second.attempts;
    blocked = found->second;
    const bool later = !heard || answer == nlm4_stats::NLM4_DENIED_GRACE_PERIOD;
    again = later && result.code() != ErrorCode::kCancelled && blocked.attempts < options_.grant_attempts;
    if (!again) {
      blocked_by_key_.erase(KeyOf(*blocked.share, blocked.file, blocked.lock));
      blocked_.erase(found);
    }
  }
  if (again) {
    SendGranted(token, blocked, options_.grant_retry_ms);
  } else if (!heard || answer != nlm4_stats::NLM4_GRANTED) {
    // The client does not want it any more, or is not there: the next one shall have it.
    blocked.share->state().locks.Unlock(blocked.file, blocked.lock.owner, blocked.lock.range);
    if (!heard) {
      log_.Warning("A host does not answer to the lock it waited for; the lock goes to the next",
                   {{"host", blocked.caller_name}, {"address", blocked.peer.address}});
    }
  }
}

void LockService::Answer(const onc_rpc::Call& call, uint32_t procedure, std::vector<std::byte> arguments) {
  onc_rpc::PeerCall answer;
  answer.address = FormatAddress(call.client);
  answer.program = kProgram;
  answer.version = call.version;
  answer.procedure = procedure;
  answer.transport = call.transport;
  answer.arguments = std::move(arguments);
  if (!calls_.Submit(std::move(answer)).ok()) {
    log_.Debug("A reply to an asynchronous lock call is dropped", {{"address", FormatAddress(call.client)}});
  }
}

}  // namespace dittofs::nlm4
