#include <algorithm>
#include <string_view>
#include <vector>

#include "mount3/procedures.h"

namespace dittofs::mount3 {

// RFC 1813 §5.2.2.
void MOUNTPROC3_DUMP::Run(const Request& request, const Args&, xdr::Writer& reply) {
  const std::vector<MountList::Entry> entries = request.mounts.entries();
  std::vector<mountbody> bodies;
  bodies.reserve(entries.size());
  for (const MountList::Entry& entry : entries) bodies.push_back({{entry.host}, {entry.directory}});
  xdr::Encode(reply, mountlist{std::span<const mountbody>(bodies)});
}

// RFC 1813 §5.2.5. The groups of a share are the patterns of its client rules; none means everybody.
void MOUNTPROC3_EXPORT::Run(const Request& request, const Args&, xdr::Writer& reply) {
  std::vector<ShareOptions> shares;
  request.runtime.ForEachShare([&](Share& share) {
    if (!share.removed()) shares.push_back(share.options());
  });
  std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<std::vector<groupnode>> groups(shares.size());
  std::vector<exportnode> nodes;
  nodes.reserve(shares.size());
  for (size_t i = 0; i < shares.size(); ++i) {
    for (const ClientRule& rule : shares[i].clients) {
      groups[i].push_back({{std::string_view(rule.pattern).substr(0, MNTNAMLEN)}});
    }
    nodes.push_back({{shares[i].name}, std::span<const groupnode>(groups[i])});
  }
  xdr::Encode(reply, exports{std::span<const exportnode>(nodes)});
}

}  // namespace dittofs::mount3
