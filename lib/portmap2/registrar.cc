#include "portmap2/registrar.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "onc_rpc/client.h"
#include "portmap2/procedures.h"
#include "xdr/fields.h"

namespace dittofs::portmap2 {
namespace {

/// Rpcbind takes SET and UNSET from the loopback address only, and from a privileged port if they are to be owned by
/// the system.
Result<bool> Call(uint32_t version, uint32_t procedure, std::span<const std::byte> arguments, const RpcbindPlace& place,
                  const Environment& environment) {
  onc_rpc::CallTarget target;
  target.address = "127.0.0.1";
  target.port = place.port;
  target.transport = onc_rpc::Transport::kUdp;
  target.timeout_ms = place.timeout_ms;
  target.privileged_source_port = true;
  const auto answer = onc_rpc::CallOnce(target, kProgram, version, procedure, arguments, environment);
  if (!answer.ok()) return answer.status();
  xdr::Reader reader(*answer);
  bool_res result;
  xdr::Decode(reader, result);
  if (!reader.Finished()) return ErrorCode::kIo;
  return result.value;
}

template <typename Message>
std::vector<std::byte> Encoded(const Message& message) {
  std::vector<std::byte> bytes(xdr::SizeOf(message));
  xdr::Put(bytes.data(), message);
  return bytes;
}

/// `procedure` is SET or UNSET, which have one number in all versions. UNSET of version 2 ignores the transport.
Result<bool> Apply(uint32_t procedure, const Registration& entry, const RpcbindPlace& place,
                   const Environment& environment) {
  if (!IsIpv6(entry.netid)) {
    const uint32_t protocol = IsTcp(entry.netid) ? IPPROTO_TCP_NUMBER : IPPROTO_UDP_NUMBER;
    return Call(2, procedure, Encoded(mapping{entry.program, entry.version, protocol, entry.port}), place, environment);
  }
  const std::string address = UniversalAddress("::", entry.port);
  constexpr std::string_view kOwner = "superuser";
  return Call(4, procedure, Encoded(rpcb{entry.program, entry.version, {NetidName(entry.netid)}, {address}, {kOwner}}),
              place, environment);
}

}  // namespace

Status Unregister(std::span<const Registration> registrations, const RpcbindPlace& place,
                  const Environment& environment) {
  Status first;
  for (const Registration& entry : registrations) {
    // FALSE only says that nothing was registered.
    const Result<bool> removed = Apply(PMAPPROC_UNSET::kNumber, entry, place, environment);
    if (removed.ok() || !first.ok()) continue;
    first = removed.status();
    if (first == ErrorCode::kUnavailable || first == ErrorCode::kTimedOut) break;  // nobody there
  }
  return first.WithContext("rpcbind");
}

Status Register(std::span<const Registration> registrations, const RpcbindPlace& place,
                const Environment& environment) {
  DITTOFS_RETURN_IF_ERROR(Unregister(registrations, place, environment));
  for (const Registration& entry : registrations) {
    const Result<bool> added = Apply(PMAPPROC_SET::kNumber, entry, place, environment);
    if (!added.ok()) return added.status().WithContext("rpcbind");
    if (!*added) {
      return Status(ErrorCode::kAccessDenied, fmt::format("rpcbind refuses program {} version {} on {}", entry.program,
                                                          entry.version, NetidName(entry.netid)));
    }
  }
  return {};
}

}  // namespace dittofs::portmap2
