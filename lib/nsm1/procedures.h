#pragma once

#include <string_view>
#include <tuple>

#include "nsm1/messages.h"
#include "nsm1/status_monitor.h"
#include "onc_rpc/program.h"

// The procedures of NSM version 1, in the order of XNFS §11.3: the one list that dispatch and names are derived from.
namespace dittofs::nsm1 {

struct Request {
  StatusMonitor& monitor;
  const onc_rpc::Call& call;
};

struct NULLPROC {
  static constexpr std::string_view kName = "NULL";
  using Args = xdr::Void;
  using Res = xdr::Void;
  static void Run(Request&, const Args&, Res&) {}
};
/// Whether a host could be monitored, and our state number.
struct SM_STAT {
  static constexpr std::string_view kName = "SM_STAT";
  using Args = sm_name;
  using Res = sm_stat_res;
  static void Run(Request& request, const Args&, Res& res) { res = {sm_res::stat_fail, request.monitor.state()}; }
};
/// Monitoring is for our own lock manager, which does not ask by wire: everybody else is refused.
struct SM_MON {
  static constexpr std::string_view kName = "SM_MON";
  using Args = mon;
  using Res = sm_stat_res;
  static void Run(Request& request, const Args&, Res& res) { res = {sm_res::stat_fail, request.monitor.state()}; }
};
struct SM_UNMON {
  static constexpr std::string_view kName = "SM_UNMON";
  using Args = mon_id;
  using Res = sm_stat;
  static void Run(Request& request, const Args&, Res& res) { res.state = request.monitor.state(); }
};
struct SM_UNMON_ALL {
  static constexpr std::string_view kName = "SM_UNMON_ALL";
  using Args = my_id;
  using Res = sm_stat;
  static void Run(Request& request, const Args&, Res& res) { res.state = request.monitor.state(); }
};
/// Would have us behave as after a crash; nobody may ask for that over the network.
struct SM_SIMU_CRASH {
  static constexpr std::string_view kName = "SM_SIMU_CRASH";
  using Args = xdr::Void;
  using Res = xdr::Void;
  static void Run(Request&, const Args&, Res&) {}
};
struct SM_NOTIFY {
  static constexpr std::string_view kName = "SM_NOTIFY";
  using Args = stat_chge;
  using Res = xdr::Void;
  static void Run(Request& request, const Args& args, Res&) {
    if (request.call.blocking != nullptr) request.call.blocking->WillBlock();
    request.monitor.Notified(args.mon_name.text, FormatAddress(request.call.client), args.state);
  }
};

using Procedures = std::tuple<NULLPROC, SM_STAT, SM_MON, SM_UNMON, SM_UNMON_ALL, SM_SIMU_CRASH, SM_NOTIFY>;

}  // namespace dittofs::nsm1
