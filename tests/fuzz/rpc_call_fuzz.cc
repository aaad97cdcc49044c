#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "onc_rpc/message.h"

// Any bytes as an RPC call message. What is accepted lies inside the message and inside its bounds.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dittofs::onc_rpc;
  const std::vector<std::byte> message(reinterpret_cast<const std::byte*>(data),
                                       reinterpret_cast<const std::byte*>(data) + size);
  DecodedCall decoded;
  const CallFault fault = DecodeCall(message, decoded);
  if ((fault == CallFault::kAuth) != (decoded.auth_status != AuthStatus::kOk)) std::abort();
  if (fault != CallFault::kNone) return 0;
  const Call& call = decoded.call;
  const auto inside = [&](const std::byte* begin, size_t length) {
    return length == 0 || (begin >= message.data() && length <= static_cast<size_t>(message.data() + size - begin));
  };
  if (!inside(call.arguments.data(), call.arguments.size())) std::abort();
  if (call.arguments.data() + call.arguments.size() != message.data() + size) std::abort();
  if (!inside(reinterpret_cast<const std::byte*>(call.machine_name.data()), call.machine_name.size())) std::abort();
  if (call.machine_name.size() > kMaxMachineNameBytes) std::abort();
  if (call.credentials.groups.size() > kMaxAuthSysGroups) std::abort();
  if (call.flavor == AuthFlavor::kNone && call.credentials.is_root()) std::abort();
  return 0;
}
