#pragma once

#include <string_view>
#include <tuple>

#include "dittofs/runtime.h"
#include "mount3/messages.h"
#include "mount3/mount_list.h"
#include "onc_rpc/program.h"

// The procedures of MOUNT in the order of RFC 1813 §5.2: the one list that dispatch derives from.
namespace dittofs::mount3 {

/// What a procedure works with.
struct Request {
  const Runtime& runtime;
  MountList& mounts;
  const onc_rpc::Call& call;
};

struct MOUNTPROC3_NULL {
  static constexpr uint32_t kNumber = 0;
  static constexpr std::string_view kName = "NULL";
  static constexpr uint32_t kSinceVersion = kLowestVersion;
  using Args = xdr::Void;
  static void Run(const Request&, const Args&, xdr::Writer&) {}
};
struct MOUNTPROC3_MNT {
  static constexpr uint32_t kNumber = 1;
  static constexpr std::string_view kName = "MNT";
  static constexpr uint32_t kSinceVersion = kVersion;
  using Args = MNT3args;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};
struct MOUNTPROC3_DUMP {
  static constexpr uint32_t kNumber = 2;
  static constexpr std::string_view kName = "DUMP";
  static constexpr uint32_t kSinceVersion = kLowestVersion;
  using Args = xdr::Void;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};
struct MOUNTPROC3_UMNT {
  static constexpr uint32_t kNumber = 3;
  static constexpr std::string_view kName = "UMNT";
  static constexpr uint32_t kSinceVersion = kLowestVersion;
  using Args = UMNT3args;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};
struct MOUNTPROC3_UMNTALL {
  static constexpr uint32_t kNumber = 4;
  static constexpr std::string_view kName = "UMNTALL";
  static constexpr uint32_t kSinceVersion = kLowestVersion;
  using Args = xdr::Void;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};
struct MOUNTPROC3_EXPORT {
  static constexpr uint32_t kNumber = 5;
  static constexpr std::string_view kName = "EXPORT";
  static constexpr uint32_t kSinceVersion = kLowestVersion;
  using Args = xdr::Void;
  static void Run(const Request& request, const Args& args, xdr::Writer& reply);
};

using Procedures = std::tuple<MOUNTPROC3_NULL, MOUNTPROC3_MNT, MOUNTPROC3_DUMP, MOUNTPROC3_UMNT, MOUNTPROC3_UMNTALL,
                              MOUNTPROC3_EXPORT>;

}  // namespace dittofs::mount3
