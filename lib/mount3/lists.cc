#include <algorithm>
#include <string_view>
#include <vector>

#include "mount3/procedures.h"

namespace dittofs::mount3 {
namespace {

/// Over UDP a list is cut where a datagram would no longer hold it. TCP has all of it.
constexpr size_t kMaxDatagramListBytes = 32 * 1024;
/// What an entry and each string in it take beside the characters, at most.
constexpr size_t kOverheadBytes = 12;

/// How much of an answer is left to be filled.
class ListRoom {
 public:
  explicit ListRoom(const onc_rpc::Call& call) noexcept
      : left_bytes_(call.transport == onc_rpc::Transport::kUdp ? kMaxDatagramListBytes : SIZE_MAX) {}
  bool Take(size_t size_bytes) noexcept {
    if (size_bytes > left_bytes_) return false;
    left_bytes_ -= size_bytes;
    return true;
  }

 private:
  size_t left_bytes_;
};

}  // namespace

// RFC 1813 §5.2.2.
void MOUNTPROC3_DUMP::Run(const Request& request, const Args&, xdr::Writer& reply) {
  const std::vector<MountList::Entry> entries = request.mounts.entries();
  std::vector<mountbody> bodies;
  bodies.reserve(entries.size());
  ListRoom room(request.call);
  for (const MountList::Entry& entry : entries) {
    if (!room.Take(2 * kOverheadBytes + entry.host.size() + entry.directory.size())) break;
    bodies.push_back({{entry.host}, {entry.directory}});
  }
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
  ListRoom room(request.call);
  for (size_t i = 0; i < shares.size(); ++i) {
    size_t size_bytes = 2 * kOverheadBytes + shares[i].name.size();
    for (const ClientRule& rule : shares[i].clients) {
      const std::string_view pattern = std::string_view(rule.pattern).substr(0, MNTNAMLEN);
      groups[i].push_back({{pattern}});
      size_bytes += kOverheadBytes + pattern.size();
    }
    if (!room.Take(size_bytes)) break;
    nodes.push_back({{shares[i].name}, std::span<const groupnode>(groups[i])});
  }
  xdr::Encode(reply, exports{std::span<const exportnode>(nodes)});
}

}  // namespace dittofs::mount3
