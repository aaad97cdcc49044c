#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dittofs/buffer.h"
#include "dittofs/file_system.h"
#include "dittofs/identity.h"
#include "dittofs/runtime.h"
#include "xdr/writer.h"

namespace dittofs::onc_rpc {

/// Authentication flavors (RFC 5531 §8.2).
enum class AuthFlavor : uint32_t { kNone = 0, kSys = 1 };

/// accept_stat (RFC 5531 §9).
enum class AcceptStatus : uint32_t {
  kSuccess = 0,
  kProgramUnavailable = 1,
  kProgramMismatch = 2,
  kProcedureUnavailable = 3,
  kGarbageArguments = 4,
  kSystemError = 5,
};
/// auth_stat (RFC 5531 §9).
enum class AuthStatus : uint32_t {
  kOk = 0,
  kBadCredentials = 1,
  kRejectedCredentials = 2,
  kBadVerifier = 3,
  kTooWeak = 5
};

enum class Transport : uint8_t { kTcp, kUdp };

/// One call, decoded as far as RFC 5531 goes. Everything is borrowed until Program::Run() returns, also when the call
/// blocks meanwhile.
struct Call {
  uint32_t xid = 0;
  uint32_t program = 0;
  uint32_t version = 0;
  uint32_t procedure = 0;
  AuthFlavor flavor = AuthFlavor::kNone;
  Identity credentials;           ///< As sent (AUTH_SYS), before any squashing; nobody for AUTH_NONE.
  std::string_view machine_name;  ///< AUTH_SYS.
  ClientAddress client;
  ClientAddress server;  ///< The local address the call arrived at.
  Transport transport = Transport::kTcp;
  std::span<const std::byte> arguments;
  /// The memory that `arguments` lie in: owned if the record was received into memory of its own (large WRITEs), so
  /// that a slice of it may be kept without a copy; else borrowed.
  Buffer record;
  BlockingHook* blocking = nullptr;
};

/// Facts about one procedure that the wrappers around dispatch need.
struct ProcedureTraits {
  std::string_view name;          ///< As the RFC spells it; static storage.
  bool replay_protected = false;  ///< Not idempotent: goes through the duplicate request cache.
};

/// One RPC program with the versions it speaks. Thread-safe: Run() is called from many threads at once.
class Program {
 public:
  virtual ~Program() = default;
  virtual uint32_t number() const noexcept = 0;
  virtual uint32_t lowest_version() const noexcept = 0;
  virtual uint32_t highest_version() const noexcept = 0;
  /// Null for a procedure that does not exist in that (supported) version.
  virtual const ProcedureTraits* procedure(uint32_t version, uint32_t procedure) const noexcept = 0;
  /// Decodes `call.arguments`, acts, and on kSuccess has written the whole result to `reply`. Otherwise nothing was
  /// written. Must not keep references to `call` or `reply`.
  virtual AcceptStatus Run(const Call& call, xdr::Writer& reply) = 0;
};

}  // namespace dittofs::onc_rpc
