#include "nlm4/procedures.h"

namespace dittofs::nlm4 {
namespace {

template <typename Offset>
LockArguments ArgumentsOf(const lock_of<Offset>& lock, bool exclusive) {
  return {lock.caller_name.text,   lock.fh.bytes,        lock.oh.bytes, lock.svid,
          uint64_t{lock.l_offset}, uint64_t{lock.l_len}, exclusive};
}

/// Versions 1 to 3 do not know the statuses that version 4 added.
nlm4_stats InVersion(uint32_t version, nlm4_stats stat) {
  return version >= 4 || stat <= nlm4_stats::NLM4_DEADLCK ? stat : nlm4_stats::NLM4_DENIED_NOLOCKS;
}

template <typename Offset>
nlm4_stats RunLock(Request& request, const lockargs_of<Offset>& args, bool monitored) {
  const LockService::LockMode mode{args.block, args.reclaim, monitored, args.state};
  return InVersion(request.call.version,
                   request.service.Lock(request.call, ArgumentsOf(args.alock, args.exclusive), mode));
}

}  // namespace

template <typename Offset>
void TEST<Offset>::Run(Request& request, const Args& args, Res& res) {
  LockService::Holder holder;
  res.cookie = args.cookie;
  res.stat.stat = InVersion(request.call.version,
                            request.service.Test(request.call, ArgumentsOf(args.alock, args.exclusive), holder));
  res.stat.holder.exclusive = holder.exclusive;
  res.stat.holder.svid = holder.svid;
  res.stat.holder.l_offset = static_cast<Offset>(holder.l_offset);
  res.stat.holder.l_len = static_cast<Offset>(holder.l_len);
}

template <typename Offset>
void LOCK<Offset>::Run(Request& request, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat = RunLock(request, args, true);
}

template <typename Offset>
void NM_LOCK<Offset>::Run(Request& request, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat = RunLock(request, args, false);
}

template <typename Offset>
void CANCEL<Offset>::Run(Request& request, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat =
      InVersion(request.call.version, request.service.Cancel(request.call, ArgumentsOf(args.alock, args.exclusive)));
}

template <typename Offset>
void UNLOCK<Offset>::Run(Request& request, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat = InVersion(request.call.version, request.service.Unlock(request.call, ArgumentsOf(args.alock, false)));
}

template <typename Offset>
void GRANTED<Offset>::Run(Request&, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat = nlm4_stats::NLM4_DENIED;
}

void SHARE::Run(Request& request, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat = InVersion(request.call.version, request.service.Share(request.call, args.share, args.reclaim));
}

void UNSHARE::Run(Request& request, const Args& args, Res& res) {
  res.cookie = args.cookie;
  res.stat = InVersion(request.call.version, request.service.Unshare(request.call, args.share));
}

void FREE_ALL::Run(Request& request, const Args& args, Res&) {
  request.service.FreeAll(request.call, args.name.text);
}

template struct TEST<uint32_t>;
template struct TEST<uint64_t>;
template struct LOCK<uint32_t>;
template struct LOCK<uint64_t>;
template struct NM_LOCK<uint32_t>;
template struct NM_LOCK<uint64_t>;
template struct CANCEL<uint32_t>;
template struct CANCEL<uint64_t>;
template struct UNLOCK<uint32_t>;
template struct UNLOCK<uint64_t>;
template struct GRANTED<uint32_t>;
template struct GRANTED<uint64_t>;

}  // namespace dittofs::nlm4
