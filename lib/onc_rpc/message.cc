#include "onc_rpc/message.h"

#include "base/bytes.h"
#include "xdr/reader.h"

namespace dittofs::onc_rpc {
namespace {

/// authsys_parms (RFC 5531 appendix A).
bool DecodeAuthSys(std::span<const std::byte> body, DecodedCall& decoded) noexcept {
  xdr::Reader reader(body);
  reader.Uint32();  // stamp: arbitrary
  decoded.call.machine_name = reader.String(kMaxMachineNameBytes);
  decoded.call.credentials.uid = reader.Uint32();
  decoded.call.credentials.gid = reader.Uint32();
  const uint32_t group_count = reader.Uint32();
  if (!reader.ok() || group_count > kMaxAuthSysGroups || reader.remaining() != size_t{group_count} * 4) return false;
  const std::byte* from = reader.position();
  for (uint32_t i = 0; i < group_count; ++i) decoded.groups[i] = base::LoadBigEndian<uint32_t>(from + size_t{i} * 4);
  decoded.call.credentials.groups = {decoded.groups.data(), group_count};
  return true;
}

/// Writes words in network byte order.
class Words {
 public:
  explicit Words(std::byte* to) noexcept : begin_(to), to_(to) {}
  Words& operator<<(uint32_t value) noexcept {
    base::StoreBigEndian(to_, value);
    to_ += 4;
    return *this;
  }
  size_t size_bytes() const noexcept { return static_cast<size_t>(to_ - begin_); }

 private:
  std::byte* begin_;
  std::byte* to_;
};

}  // namespace

CallFault DecodeCall(std::span<const std::byte> message, DecodedCall& decoded) noexcept {
  Call& call = decoded.call;
  xdr::Reader reader(message);
  call.xid = reader.Uint32();
  const uint32_t message_type = reader.Uint32();
  if (!reader.ok()) return CallFault::kTruncated;
  if (message_type != kMessageCall) return CallFault::kNotACall;
  const uint32_t rpc_version = reader.Uint32();
  call.program = reader.Uint32();
  call.version = reader.Uint32();
  call.procedure = reader.Uint32();
  if (!reader.ok()) return CallFault::kTruncated;
  // Other versions of RPC may look different from here on.
  if (rpc_version != kRpcVersion) return CallFault::kRpcMismatch;

  const auto refuse = [&decoded](AuthStatus status) {
    decoded.auth_status = status;
    return CallFault::kAuth;
  };
  const uint32_t flavor = reader.Uint32();
  const std::span<const std::byte> credentials = reader.Opaque(kMaxAuthBytes);
  if (!reader.ok()) return refuse(AuthStatus::kBadCredentials);
  if (flavor == static_cast<uint32_t>(AuthFlavor::kSys)) {
    if (!DecodeAuthSys(credentials, decoded)) return refuse(AuthStatus::kBadCredentials);
    call.flavor = AuthFlavor::kSys;
  } else if (flavor == static_cast<uint32_t>(AuthFlavor::kNone)) {
    call.flavor = AuthFlavor::kNone;
  } else {
    return refuse(AuthStatus::kRejectedCredentials);
  }
  const uint32_t verifier_flavor = reader.Uint32();
  reader.Opaque(kMaxAuthBytes);
  if (!reader.ok() || verifier_flavor != static_cast<uint32_t>(AuthFlavor::kNone)) {
    return refuse(AuthStatus::kBadVerifier);
  }
  call.arguments = {reader.position(), reader.remaining()};
  return CallFault::kNone;
}

size_t EncodeAccepted(uint32_t xid, AcceptStatus status, std::byte* to) noexcept {
  // The verifier is AUTH_NONE: AUTH_SYS servers have nothing to prove.
  return (Words(to) << xid << kMessageReply << kReplyAccepted << 0 << 0 << static_cast<uint32_t>(status)).size_bytes();
}

size_t EncodeProgramMismatch(uint32_t xid, uint32_t lowest, uint32_t highest, std::byte* to) noexcept {
  const size_t head_bytes = EncodeAccepted(xid, AcceptStatus::kProgramMismatch, to);
  return head_bytes + (Words(to + head_bytes) << lowest << highest).size_bytes();
}

size_t EncodeRpcMismatch(uint32_t xid, std::byte* to) noexcept {
  return (Words(to) << xid << kMessageReply << kReplyDenied << kRejectRpcMismatch << kRpcVersion << kRpcVersion)
      .size_bytes();
}

size_t EncodeAuthError(uint32_t xid, AuthStatus status, std::byte* to) noexcept {
  return (Words(to) << xid << kMessageReply << kReplyDenied << kRejectAuthError << static_cast<uint32_t>(status))
      .size_bytes();
}

}  // namespace dittofs::onc_rpc
