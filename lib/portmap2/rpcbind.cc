#include <algorithm>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "portmap2/procedures.h"

namespace dittofs::portmap2 {
namespace {

/// Nobody owns what is registered here; the word that rpcbind uses for services of the system.
constexpr std::string_view kOwner = "superuser";

// nc_semantics (RFC 1833 §2.1).
constexpr uint32_t kSemanticsDatagrams = 1;      // NC_TPI_CLTS
constexpr uint32_t kSemanticsOrderlyStream = 3;  // NC_TPI_COTS_ORD

/// The transport that a client asks about: the one it names, else the one it uses.
Netid WantedNetid(const Request& request, const rpcb& args) {
  return ParseNetid(args.r_netid.text).value_or(NetidOf(request.call.transport, request.call.server));
}

string_res AddressOf(const Request& request, const Registration* found, std::string& text) {
  if (found != nullptr) text = UniversalAddress(*found, request.call.server);
  return {{text}};
}

}  // namespace

// RFC 1833 §2.2.1. The empty string means "not registered".
string_res RPCBPROC_GETADDR::Run(const Request& request, const Args& args, std::string& text) {
  return AddressOf(request, request.services.FindAnyVersion(args.r_prog, args.r_vers, WantedNetid(request, args)),
                   text);
}

// RFC 1833 §2.2.2. Unlike GETADDR, that version or nothing.
string_res RPCBPROC_GETVERSADDR::Run(const Request& request, const Args& args, std::string& text) {
  return AddressOf(request, request.services.Find(args.r_prog, args.r_vers, WantedNetid(request, args)), text);
}

void RPCBPROC_DUMP::Run(const Request& request, const Args&, xdr::Writer& reply) {
  std::deque<std::string> addresses;
  std::vector<rpcb> entries;
  for (const Registration& entry : request.services.registrations()) {
    addresses.push_back(UniversalAddress(IsIpv6(entry.netid) ? "::" : "0.0.0.0", entry.port));
    entries.push_back({entry.program, entry.version, {NetidName(entry.netid)}, {addresses.back()}, {kOwner}});
  }
  xdr::Encode(reply, rpcblist{std::span<const rpcb>(entries)});
}

uint_res RPCBPROC_GETTIME::Run(const Request& request, const Args&, std::string&) {
  return {static_cast<uint32_t>(request.clock.Now().seconds)};
}

// RFC 1833 §2.2.2. Every transport of one version.
void RPCBPROC_GETADDRLIST::Run(const Request& request, const Args& args, xdr::Writer& reply) {
  std::deque<std::string> addresses;
  std::vector<rpcb_entry> entries;
  for (const Registration& entry : request.services.registrations()) {
    if (entry.program != args.r_prog || entry.version != args.r_vers) continue;
    addresses.push_back(UniversalAddress(entry, request.call.server));
    entries.push_back({{addresses.back()},
                       {NetidName(entry.netid)},
                       IsTcp(entry.netid) ? kSemanticsOrderlyStream : kSemanticsDatagrams,
                       {IsIpv6(entry.netid) ? "inet6" : "inet"},
                       {IsTcp(entry.netid) ? "tcp" : "udp"}});
  }
  xdr::Encode(reply, rpcb_entry_list{std::span<const rpcb_entry>(entries)});
}

}  // namespace dittofs::portmap2
