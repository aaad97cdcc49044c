#include <span>
#include <vector>

#include "portmap2/procedures.h"

namespace dittofs::portmap2 {

// RFC 1833 §3.2. Port 0 means "not registered". Version 2 knows IPv4 only.
uint_res PMAPPROC_GETPORT::Run(const Request& request, const Args& args, std::string&) {
  const bool tcp = args.prot == IPPROTO_TCP_NUMBER;
  if (!tcp && args.prot != IPPROTO_UDP_NUMBER) return {0};
  const Registration* const found =
      request.services.FindAnyVersion(args.prog, args.vers, tcp ? Netid::kTcp : Netid::kUdp);
  return {found ? found->port : uint32_t{0}};
}

void PMAPPROC_DUMP::Run(const Request& request, const Args&, xdr::Writer& reply) {
  std::vector<mapping> mappings;
  for (const Registration& entry : request.services.registrations()) {
    if (IsIpv6(entry.netid)) continue;
    mappings.push_back(
        {entry.program, entry.version, IsTcp(entry.netid) ? IPPROTO_TCP_NUMBER : IPPROTO_UDP_NUMBER, entry.port});
  }
  xdr::Encode(reply, pmaplist{std::span<const mapping>(mappings)});
}

}  // namespace dittofs::portmap2
