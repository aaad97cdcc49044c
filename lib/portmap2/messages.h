#pragma once

#include <cstdint>

#include "xdr/fields.h"

// The messages of the port mapper: version 2 (RFC 1833 §3) and rpcbind versions 3 and 4 (RFC 1833 §2).
namespace dittofs::portmap2 {

inline constexpr uint32_t kProgram = 100000;
inline constexpr uint32_t kLowestVersion = 2;
inline constexpr uint32_t kHighestVersion = 4;
inline constexpr uint16_t kPort = 111;

inline constexpr uint32_t IPPROTO_TCP_NUMBER = 6;
inline constexpr uint32_t IPPROTO_UDP_NUMBER = 17;

/// RFC 1833 §3.1.
struct mapping {
  uint32_t prog = 0;
  uint32_t vers = 0;
  uint32_t prot = 0;
  uint32_t port = 0;
  static constexpr auto kFields = xdr::Fields(&mapping::prog, &mapping::vers, &mapping::prot, &mapping::port);
};
struct pmaplist {
  xdr::List<mapping> entries;
  static constexpr auto kFields = xdr::Fields(&pmaplist::entries);
};

/// RFC 1833 §2.1. The bound of the strings is ours: the specification has none.
inline constexpr size_t kMaxStringBytes = 255;
struct rpcb {
  uint32_t r_prog = 0;
  uint32_t r_vers = 0;
  xdr::String<kMaxStringBytes> r_netid;
  xdr::String<kMaxStringBytes> r_addr;
  xdr::String<kMaxStringBytes> r_owner;
  static constexpr auto kFields =
      xdr::Fields(&rpcb::r_prog, &rpcb::r_vers, &rpcb::r_netid, &rpcb::r_addr, &rpcb::r_owner);
};
struct rpcblist {
  xdr::List<rpcb> entries;
  static constexpr auto kFields = xdr::Fields(&rpcblist::entries);
};
/// One entry of GETADDRLIST (RFC 1833 §2.1).
struct rpcb_entry {
  xdr::String<kMaxStringBytes> r_maddr;
  xdr::String<kMaxStringBytes> r_nc_netid;
  uint32_t r_nc_semantics = 0;
  xdr::String<kMaxStringBytes> r_nc_protofmly;
  xdr::String<kMaxStringBytes> r_nc_proto;
  static constexpr auto kFields =
      xdr::Fields(&rpcb_entry::r_maddr, &rpcb_entry::r_nc_netid, &rpcb_entry::r_nc_semantics,
                  &rpcb_entry::r_nc_protofmly, &rpcb_entry::r_nc_proto);
};
struct rpcb_entry_list {
  xdr::List<rpcb_entry> entries;
  static constexpr auto kFields = xdr::Fields(&rpcb_entry_list::entries);
};

/// Results that are one value.
struct uint_res {
  uint32_t value = 0;
  static constexpr auto kFields = xdr::Fields(&uint_res::value);
};
struct bool_res {
  bool value = false;
  static constexpr auto kFields = xdr::Fields(&bool_res::value);
};
struct string_res {
  xdr::String<kMaxStringBytes> value;
  static constexpr auto kFields = xdr::Fields(&string_res::value);
};

}  // namespace dittofs::portmap2
