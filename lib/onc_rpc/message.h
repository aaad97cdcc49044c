#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "onc_rpc/program.h"

namespace dittofs::onc_rpc {

/// msg_type, reply_stat and reject_stat (RFC 5531 §9).
inline constexpr uint32_t kMessageCall = 0;
inline constexpr uint32_t kMessageReply = 1;
inline constexpr uint32_t kReplyAccepted = 0;
inline constexpr uint32_t kReplyDenied = 1;
inline constexpr uint32_t kRejectRpcMismatch = 0;
inline constexpr uint32_t kRejectAuthError = 1;
/// The only version of RPC there is.
inline constexpr uint32_t kRpcVersion = 2;
/// Largest body of credentials and verifiers (RFC 5531 §8.2).
inline constexpr size_t kMaxAuthBytes = 400;
/// authsys_parms (RFC 5531 appendix A).
inline constexpr size_t kMaxMachineNameBytes = 255;
inline constexpr size_t kMaxAuthSysGroups = 16;

/// What is wrong with a call, as far as the RPC header goes.
enum class CallFault : uint8_t {
  kNone,
  kNotACall,     ///< A reply, or no msg_type: not to be answered.
  kTruncated,    ///< Ends inside the header; nobody could answer it.
  kRpcMismatch,  ///< MSG_DENIED, RPC_MISMATCH.
  kAuth,         ///< MSG_DENIED, AUTH_ERROR with the AuthStatus found.
};

struct DecodedCall {
  Call call;  ///< Everything up to `arguments`; the addresses and `blocking` are the caller's to fill in.
  AuthStatus auth_status = AuthStatus::kOk;
  std::array<uint32_t, kMaxAuthSysGroups> groups;  ///< What call.credentials.groups points to.
};

/// Decodes an RPC call message (RFC 5531 §9) up to its arguments. Allocates nothing; everything points into `message`
/// and `decoded`. Where each reject comes from: credentials over 400 bytes, cut short, or an authsys_parms that does
/// not parse are AUTH_BADCRED; flavors that are not spoken here, AUTH_SHORT among them, AUTH_REJECTEDCRED; a verifier
/// that is cut short, too long or not AUTH_NONE is AUTH_BADVERF.
CallFault DecodeCall(std::span<const std::byte> message, DecodedCall& decoded) noexcept;

/// Heads of replies (RFC 5531 §9); each writes to `to` and returns its length. kMaxReplyHeadBytes hold any.
inline constexpr size_t kMaxReplyHeadBytes = 32;
size_t EncodeAccepted(uint32_t xid, AcceptStatus status, std::byte* to) noexcept;
size_t EncodeProgramMismatch(uint32_t xid, uint32_t lowest, uint32_t highest, std::byte* to) noexcept;
size_t EncodeRpcMismatch(uint32_t xid, std::byte* to) noexcept;
size_t EncodeAuthError(uint32_t xid, AuthStatus status, std::byte* to) noexcept;

}  // namespace dittofs::onc_rpc
