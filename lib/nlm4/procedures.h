#pragma once

#include <string_view>
#include <tuple>

#include "nlm4/lock_service.h"
#include "nlm4/messages.h"
#include "nlm4/procedure_numbers.h"
#include "onc_rpc/program.h"

// The procedures of NLM, in the order of RFC 1813 §II.2.3: the one list that dispatch and names are derived from. A
// procedure is a struct
//   kNumber, kName   as the specification spells them
//   kFirstVersion    the lowest version that has it
//   Args, Res        its messages, by the width of offsets: 32 bits in versions 1 to 3, 64 in version 4
//   Run              arguments -> one call of the LockService -> Res
// and AsMessage makes of it the form that is answered by a call of our own.
namespace dittofs::nlm4 {

/// What a procedure works with.
struct Request {
  LockService& service;
  const onc_rpc::Call& call;
};

struct NULLPROC {
  static constexpr uint32_t kNumber = 0;
  static constexpr std::string_view kName = "NULL";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = xdr::Void;
  using Res = xdr::Void;
  static void Run(Request&, const Args&, Res&) {}
};

template <typename Offset>
struct TEST {
  static constexpr uint32_t kNumber = 1;
  static constexpr std::string_view kName = "TEST";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = testargs_of<Offset>;
  using Res = testres_of<Offset>;
  static void Run(Request& request, const Args& args, Res& res);
};
template <typename Offset>
struct LOCK {
  static constexpr uint32_t kNumber = 2;
  static constexpr std::string_view kName = "LOCK";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = lockargs_of<Offset>;
  using Res = nlm4_res;
  static void Run(Request& request, const Args& args, Res& res);
};
template <typename Offset>
struct CANCEL {
  static constexpr uint32_t kNumber = 3;
  static constexpr std::string_view kName = "CANCEL";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = cancargs_of<Offset>;
  using Res = nlm4_res;
  static void Run(Request& request, const Args& args, Res& res);
};
template <typename Offset>
struct UNLOCK {
  static constexpr uint32_t kNumber = 4;
  static constexpr std::string_view kName = "UNLOCK";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = unlockargs_of<Offset>;
  using Res = nlm4_res;
  static void Run(Request& request, const Args& args, Res& res);
};
/// A call-back of servers to clients. We never wait for anybody's lock, so whoever grants us one is told that nobody
/// wants it.
template <typename Offset>
struct GRANTED {
  static constexpr uint32_t kNumber = kGranted;
  static constexpr std::string_view kName = "GRANTED";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = testargs_of<Offset>;
  using Res = nlm4_res;
  static void Run(Request& request, const Args& args, Res& res);
};

/// `Procedure` called by message: answered by nothing, and then by a call of kReply to the client's own lock manager.
template <typename Procedure, uint32_t kMessageNumber, uint32_t kReply>
struct AsMessage {
  static constexpr uint32_t kNumber = kMessageNumber;
  static constexpr std::string_view kName = Procedure::kName;
  static constexpr uint32_t kFirstVersion = 1;
  static constexpr uint32_t kReplyNumber = kReply;
  using Args = typename Procedure::Args;
  using Res = typename Procedure::Res;
  static void Run(Request& request, const Args& args, Res& res) { Procedure::Run(request, args, res); }
};

/// The answer to a message of ours. We call by GRANTED only, whose answer is its reply, so there is nothing to do.
template <typename Answer, uint32_t kResultNumber>
struct AsResult {
  static constexpr uint32_t kNumber = kResultNumber;
  static constexpr std::string_view kName = "RES";
  static constexpr uint32_t kFirstVersion = 1;
  using Args = Answer;
  using Res = xdr::Void;
  static void Run(Request&, const Args&, Res&) {}
};

struct SHARE {
  static constexpr uint32_t kNumber = 20;
  static constexpr std::string_view kName = "SHARE";
  static constexpr uint32_t kFirstVersion = 3;
  using Args = nlm4_shareargs;
  using Res = nlm4_shareres;
  static void Run(Request& request, const Args& args, Res& res);
};
struct UNSHARE {
  static constexpr uint32_t kNumber = 21;
  static constexpr std::string_view kName = "UNSHARE";
  static constexpr uint32_t kFirstVersion = 3;
  using Args = nlm4_shareargs;
  using Res = nlm4_shareres;
  static void Run(Request& request, const Args& args, Res& res);
};
/// LOCK of a host that does not take part in monitoring.
template <typename Offset>
struct NM_LOCK {
  static constexpr uint32_t kNumber = 22;
  static constexpr std::string_view kName = "NM_LOCK";
  static constexpr uint32_t kFirstVersion = 3;
  using Args = lockargs_of<Offset>;
  using Res = nlm4_res;
  static void Run(Request& request, const Args& args, Res& res);
};
struct FREE_ALL {
  static constexpr uint32_t kNumber = 23;
  static constexpr std::string_view kName = "FREE_ALL";
  static constexpr uint32_t kFirstVersion = 3;
  using Args = nlm4_notify;
  using Res = xdr::Void;
  static void Run(Request& request, const Args& args, Res& res);
};

template <typename Offset>
using Procedures =
    std::tuple<NULLPROC, TEST<Offset>, LOCK<Offset>, CANCEL<Offset>, UNLOCK<Offset>, GRANTED<Offset>,
               AsMessage<TEST<Offset>, 6, kTestRes>, AsMessage<LOCK<Offset>, 7, kLockRes>,
               AsMessage<CANCEL<Offset>, 8, kCancelRes>, AsMessage<UNLOCK<Offset>, 9, kUnlockRes>,
               AsMessage<GRANTED<Offset>, 10, kGrantedRes>, AsResult<testres_of<Offset>, kTestRes>,
               AsResult<nlm4_res, kLockRes>, AsResult<nlm4_res, kCancelRes>, AsResult<nlm4_res, kUnlockRes>,
               AsResult<nlm4_res, kGrantedRes>, SHARE, UNSHARE, NM_LOCK<Offset>, FREE_ALL>;

}  // namespace dittofs::nlm4
