#pragma once

#include <string_view>
#include <tuple>

#include "dittofs/environment.h"
#include "onc_rpc/program.h"
#include "portmap2/messages.h"
#include "portmap2/service_table.h"

// The procedures that are served, of port mapper version 2 (RFC 1833 §3.2) and rpcbind versions 3 and 4 (RFC 1833
// §2.2): the one list that dispatch derives from. What is not in it is PROC_UNAVAIL: CALLIT, BCAST and INDIRECT would
// make us a relay for forged calls; UADDR2TADDR, TADDR2UADDR and GETSTAT have no users.
namespace dittofs::portmap2 {

/// What a procedure works with.
struct Request {
  const ServiceTable& services;
  Clock& clock;
  const onc_rpc::Call& call;
};

/// Does nothing. All versions.
struct PMAPPROC_NULL {
  static constexpr uint32_t kNumber = 0;
  static constexpr std::string_view kName = "NULL";
  static constexpr uint32_t kVersions[] = {2, 3, 4};
  using Args = xdr::Void;
  using Res = xdr::Void;
  static Res Run(const Request&, const Args&, std::string&) { return {}; }
};

// portmap.cc: version 2.

/// SET and UNSET are refused with FALSE: this port mapper speaks for one process only.
struct PMAPPROC_SET {
  static constexpr uint32_t kNumber = 1;
  static constexpr std::string_view kName = "SET";
  static constexpr uint32_t kVersions[] = {2};
  using Args = mapping;
  using Res = bool_res;
  static Res Run(const Request&, const Args&, std::string&) { return {false}; }
};
struct PMAPPROC_UNSET {
  static constexpr uint32_t kNumber = 2;
  static constexpr std::string_view kName = "UNSET";
  static constexpr uint32_t kVersions[] = {2};
  using Args = mapping;
  using Res = bool_res;
  static Res Run(const Request&, const Args&, std::string&) { return {false}; }
};
struct PMAPPROC_GETPORT {
  static constexpr uint32_t kNumber = 3;
  static constexpr std::string_view kName = "GETPORT";
  static constexpr uint32_t kVersions[] = {2};
  using Args = mapping;
  using Res = uint_res;
  static Res Run(const Request& request, const Args& args, std::string& text);
};
struct PMAPPROC_DUMP {
  static constexpr uint32_t kNumber = 4;
  static constexpr std::string_view kName = "DUMP";
  static constexpr uint32_t kVersions[] = {2};
  using Args = xdr::Void;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};

// rpcbind.cc: versions 3 and 4.

struct RPCBPROC_SET {
  static constexpr uint32_t kNumber = 1;
  static constexpr std::string_view kName = "SET";
  static constexpr uint32_t kVersions[] = {3, 4};
  using Args = rpcb;
  using Res = bool_res;
  static Res Run(const Request&, const Args&, std::string&) { return {false}; }
};
struct RPCBPROC_UNSET {
  static constexpr uint32_t kNumber = 2;
  static constexpr std::string_view kName = "UNSET";
  static constexpr uint32_t kVersions[] = {3, 4};
  using Args = rpcb;
  using Res = bool_res;
  static Res Run(const Request&, const Args&, std::string&) { return {false}; }
};
struct RPCBPROC_GETADDR {
  static constexpr uint32_t kNumber = 3;
  static constexpr std::string_view kName = "GETADDR";
  static constexpr uint32_t kVersions[] = {3, 4};
  using Args = rpcb;
  using Res = string_res;
  static Res Run(const Request& request, const Args& args, std::string& text);
};
struct RPCBPROC_DUMP {
  static constexpr uint32_t kNumber = 4;
  static constexpr std::string_view kName = "DUMP";
  static constexpr uint32_t kVersions[] = {3, 4};
  using Args = xdr::Void;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};
struct RPCBPROC_GETTIME {
  static constexpr uint32_t kNumber = 6;
  static constexpr std::string_view kName = "GETTIME";
  static constexpr uint32_t kVersions[] = {3, 4};
  using Args = xdr::Void;
  using Res = uint_res;
  static Res Run(const Request& request, const Args& args, std::string& text);
};
struct RPCBPROC_GETVERSADDR {
  static constexpr uint32_t kNumber = 9;
  static constexpr std::string_view kName = "GETVERSADDR";
  static constexpr uint32_t kVersions[] = {4};
  using Args = rpcb;
  using Res = string_res;
  static Res Run(const Request& request, const Args& args, std::string& text);
};
struct RPCBPROC_GETADDRLIST {
  static constexpr uint32_t kNumber = 11;
  static constexpr std::string_view kName = "GETADDRLIST";
  static constexpr uint32_t kVersions[] = {4};
  using Args = rpcb;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};

using Procedures = std::tuple<PMAPPROC_NULL, PMAPPROC_SET, PMAPPROC_UNSET, PMAPPROC_GETPORT, PMAPPROC_DUMP,
                              RPCBPROC_SET, RPCBPROC_UNSET, RPCBPROC_GETADDR, RPCBPROC_DUMP, RPCBPROC_GETTIME,
                              RPCBPROC_GETVERSADDR, RPCBPROC_GETADDRLIST>;

}  // namespace dittofs::portmap2
